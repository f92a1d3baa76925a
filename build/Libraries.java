import java.io.File;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;

/**
 * Puts all libraries in one jar. The JVM has their classes in an archive, but still opens each jar
 * at every start, for a class or resource that is in none, and keeps its directory in memory.
 *
 * <p>Of classes in several versions the one for this JVM is taken, lists of services and the like
 * are put together, and what describes a library, such as its manifest and its licence, is in
 * {@code META-INF/libraries/NAME}. Anything else that two have differently is an error.
 *
 * <p>{@code Libraries CLASSPATH JAR}
 */
class Libraries {
  /** Does not hold for the jar of all, or nobody reads it. */
  private static final Pattern LEFT_OUT =
      Pattern.compile(
          "module-info\\.class|OSGI-INF/.*|META-INF/(INDEX\\.LIST|jandex\\.idx|[^/]+\\.(SF|RSA|DSA|EC)"
              + "|(native-image|proguard|versions)/.*|maven/.*/pom\\.xml)");

  /** A list, of which each library has a part. */
  private static final Pattern LIST =
      Pattern.compile("META-INF/(services/.*|io\\.netty\\.versions\\.properties)");

  /** Looked for where it is: native code, and who the library is. */
  private static final Pattern IN_PLACE =
      Pattern.compile("(?!META-INF/).*|META-INF/(native|maven)/.*");

  private record Content(String library, long time, byte[] bytes) {}

  private final SequencedMap<String, Content> contents = new LinkedHashMap<>();
  private final ClassFile format;

  private Libraries(ClassLoader classes) {
    format =
        ClassFile.of(
            StackMapsOption.GENERATE_STACK_MAPS,
            ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofClassLoading(classes)));
  }

  public static void main(String[] args) throws IOException {
    List<Path> jars = new ArrayList<>();
    List<URL> urls = new ArrayList<>();
    for (String name : args[0].strip().split(File.pathSeparator)) {
      jars.add(Path.of(name));
      urls.add(Path.of(name).toUri().toURL());
    }
    try (URLClassLoader classes = new URLClassLoader(urls.toArray(new URL[0]))) {
      Libraries libraries = new Libraries(classes);
      for (Path jar : jars) {
        libraries.add(jar);
      }
      libraries.write(Path.of(args[1]));
    }
  }

  private void add(Path jar) throws IOException {
    String library = jar.getFileName().toString().replaceFirst("\\.jar$", "");
    try (JarFile from = new JarFile(jar.toFile(), false, ZipFile.OPEN_READ, Runtime.version())) {
      for (JarEntry entry : from.versionedStream().toList()) {
        String name = entry.getName();
        if (!entry.isDirectory() && !LEFT_OUT.matcher(name).matches()) {
          byte[] bytes = from.getInputStream(entry).readAllBytes();
          add(name, new Content(library, entry.getTime(), newer(name, bytes)));
        }
      }
    }
  }

  private void add(String name, Content content) {
    if (LIST.matcher(name).matches()) {
      contents.merge(name, content, Libraries::joined);
    } else if (IN_PLACE.matcher(name).matches()) {
      Content other = contents.putIfAbsent(name, content);
      if (other != null && !Arrays.equals(other.bytes, content.bytes)) {
        throw new IllegalStateException(
            "%s and %s both have %s: exclude one of them in app/pom.xml"
                .formatted(other.library, content.library, name));
      }
    } else {
      String rest = name.substring("META-INF/".length());
      contents.put("META-INF/libraries/" + content.library + "/" + rest, content);
    }
  }

  private static Content joined(Content first, Content second) {
    byte[] bytes = new byte[first.bytes.length + 1 + second.bytes.length];
    System.arraycopy(first.bytes, 0, bytes, 0, first.bytes.length);
    bytes[first.bytes.length] = '\n';
    System.arraycopy(second.bytes, 0, bytes, first.bytes.length + 1, second.bytes.length);
    return new Content(first.library, Math.max(first.time, second.time), bytes);
  }

  /**
   * A class older than Java 6 as Java 8's, of others the same bytes: the AOT archive takes none
   * that old, and the JVM checks them slowly, for want of stack maps. The code stays.
   */
  private byte[] newer(String name, byte[] bytes) {
    if (!name.endsWith(".class")) {
      return bytes;
    }
    ClassModel old = format.parse(bytes);
    if (old.majorVersion() >= ClassFile.JAVA_6_VERSION) {
      return bytes;
    }
    return format.transformClass(
        old,
        ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
            .andThen(ClassTransform.endHandler(to -> to.withVersion(ClassFile.JAVA_8_VERSION, 0))));
  }

  private void write(Path jar) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    Path unfinished = jar.resolveSibling(jar.getFileName() + ".new");
    try (JarOutputStream to = new JarOutputStream(Files.newOutputStream(unfinished), manifest)) {
      for (Map.Entry<String, Content> entry : contents.entrySet()) {
        JarEntry written = new JarEntry(entry.getKey());
        written.setTime(entry.getValue().time);
        to.putNextEntry(written);
        to.write(entry.getValue().bytes);
      }
    }
    Files.move(unfinished, jar, StandardCopyOption.REPLACE_EXISTING);
  }
}
