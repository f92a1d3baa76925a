import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Rewrites class files of a jar that are older than Java 8 as Java 8's: the AOT archive takes none
 * from before Java 6, and the JVM checks those slowly, for want of stack maps. The code stays.
 */
class NewerClasses {
  private static final int JAVA_8 = ClassFile.JAVA_8_VERSION;

  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      Path path = Path.of(jar);
      Path rewritten = path.resolveSibling(path.getFileName() + ".new");
      try (JarFile from = new JarFile(path.toFile());
          URLClassLoader classes = new URLClassLoader(new URL[] {path.toUri().toURL()});
          JarOutputStream to = new JarOutputStream(Files.newOutputStream(rewritten))) {
        ClassFile format =
            ClassFile.of(
                StackMapsOption.GENERATE_STACK_MAPS,
                ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofClassLoading(classes)));
        for (Enumeration<JarEntry> all = from.entries(); all.hasMoreElements(); ) {
          JarEntry entry = all.nextElement();
          byte[] bytes = from.getInputStream(entry).readAllBytes();
          to.putNextEntry(new JarEntry(entry.getName()));
          to.write(entry.getName().endsWith(".class") ? newer(format, bytes) : bytes);
        }
      }
      Files.move(rewritten, path, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static byte[] newer(ClassFile format, byte[] bytes) {
    ClassModel old = format.parse(bytes);
    if (old.majorVersion() >= JAVA_8) {
      return bytes;
    }
    return format.transformClass(
        old,
        ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
            .andThen(ClassTransform.endHandler(to -> to.withVersion(JAVA_8, 0))));
  }
}
