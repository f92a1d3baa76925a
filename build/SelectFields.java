import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.FileOptions;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.FieldDescriptor.Type;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Selects from Envoy's API the messages and fields that tables name, and says wherever a table and
 * the API differ.
 *
 * <p>{@code java SelectFields.java OUT NAMES TABLE...} with the API's classes on the class path
 * writes for protoc the selection to OUT.desc and the names of its files to OUT.files, and to NAMES
 * all fields that the selected messages have in the API, so that one that was not selected can be
 * called by its name.
 */
class SelectFields {
  private static final String JAVA_PACKAGE = "dev.weir.";

  /** Files of messages that come with protobuf. */
  private static final String GOOGLE = "google/";

  /** By full name of the message, the names of its fields. */
  private final Map<String, Set<String>> selected = new LinkedHashMap<>();

  private final Map<String, Descriptor> messages = new LinkedHashMap<>();
  private final Set<EnumDescriptor> enums = new LinkedHashSet<>();
  private final List<String> mistakes = new ArrayList<>();

  public static void main(String[] args) throws IOException {
    SelectFields selection = new SelectFields();
    for (String table : List.of(args).subList(2, args.length)) {
      selection.read(Path.of(table));
    }
    selection.checkTypes();
    if (!selection.mistakes.isEmpty()) {
      selection.mistakes.forEach(System.err::println);
      System.exit(1);
    }
    FileDescriptorSet descriptors = selection.descriptors();
    String files =
        descriptors.getFileList().stream()
            .map(FileDescriptorProto::getName)
            .filter(name -> !name.startsWith(GOOGLE))
            .collect(Collectors.joining("\n"));
    write(args[0] + ".desc", descriptors.toByteArray());
    write(args[0] + ".files", files.getBytes(StandardCharsets.UTF_8));
    write(args[1], selection.names().getBytes(StandardCharsets.UTF_8));
  }

  /** Leaves a file alone that has this content: what was made of it is not made again. */
  private static void write(String file, byte[] content) throws IOException {
    Path path = Path.of(file);
    if (!Files.exists(path) || !Arrays.equals(Files.readAllBytes(path), content)) {
      Files.createDirectories(path.getParent());
      Files.write(path, content);
    }
  }

  /** A message by its full name; below it, indented: field | number | message that it holds. */
  private void read(Path table) throws IOException {
    Descriptor message = null;
    int number = 0;
    for (String line : Files.readAllLines(table)) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String mistake;
      if (!line.startsWith(" ")) {
        message = message(line.strip());
        mistake = message == null ? "Envoy's API has no message " + line.strip() : "";
        if (message != null) {
          messages.put(message.getFullName(), message);
          selected.computeIfAbsent(message.getFullName(), name -> new LinkedHashSet<>());
        }
      } else {
        mistake = message == null ? "" : select(message, line);
      }
      if (!mistake.isEmpty()) {
        mistakes.add(table.getFileName() + ":" + number + ": " + mistake);
      }
    }
  }

  /** The message in the classes of the API; null if there is none. */
  private static Descriptor message(String name) {
    String javaName = name.startsWith("envoy.") ? "io.envoyproxy." + name : "com.github." + name;
    // Packages begin with a small letter, messages do not; one in another is a nested class.
    int nested = javaName.replaceFirst("\\.[A-Z].*", "").length() + 1;
    javaName = javaName.substring(0, nested) + javaName.substring(nested).replace('.', '$');
    try {
      return (Descriptor) Class.forName(javaName).getMethod("getDescriptor").invoke(null);
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }

  /** What is wrong with the line, empty if it is right. */
  private String select(Descriptor message, String line) {
    String[] cells = line.strip().split("\\s*\\|\\s*", 4);
    FieldDescriptor field = message.findFieldByName(cells[0]);
    if (field == null) {
      return message.getFullName() + " has no field " + cells[0];
    }
    if (!selected.get(message.getFullName()).add(cells[0])) {
      return field.getFullName() + " is there already";
    }
    String number = cells.length > 1 ? cells[1] : "";
    if (!number.equals(String.valueOf(field.getNumber()))) {
      return field.getFullName() + " has the number " + field.getNumber() + ", not " + number;
    }
    String type = cells.length > 2 ? cells[2] : "";
    String rightType = (field.isMapField() ? "map of " : "") + held(field);
    if (!type.equals(held(field).isEmpty() ? "" : rightType)) {
      return field.getFullName() + " holds " + rightType + ", not " + type;
    }
    if (value(field).getType() == Type.ENUM) {
      enums.add(value(field).getEnumType());
    }
    return "";
  }

  private static FieldDescriptor value(FieldDescriptor field) {
    return field.isMapField() ? field.getMessageType().findFieldByNumber(2) : field;
  }

  /** Full name of the message that the field holds, or the values of its entries; or empty. */
  private static String held(FieldDescriptor field) {
    FieldDescriptor value = value(field);
    return value.getJavaType() == JavaType.MESSAGE ? value.getMessageType().getFullName() : "";
  }

  /** Google's messages come with protobuf, all others have to be selected, too. */
  private void checkTypes() {
    selected.forEach((message, fields) -> {
      for (String name : fields) {
        FieldDescriptor field = messages.get(message).findFieldByName(name);
        String type = held(field);
        if (!type.isEmpty() && !type.startsWith("google.") && !selected.containsKey(type)) {
          mistakes.add(field.getFullName() + " holds " + type + ", of which no table knows");
        }
      }
    });
  }

  private FileDescriptorSet descriptors() {
    Map<String, FileDescriptor> all = new LinkedHashMap<>();
    messages.values().forEach(message -> addWithDependencies(message.getFile(), all));
    FileDescriptorSet.Builder set = FileDescriptorSet.newBuilder();
    for (FileDescriptor file : all.values()) {
      if (file.getName().startsWith(GOOGLE)) {
        set.addFile(file.toProto());
      } else {
        FileDescriptorProto selection = select(file);
        if (selection.getMessageTypeCount() + selection.getEnumTypeCount() > 0) {
          set.addFile(selection);
        }
      }
    }
    return set.build();
  }

  private static void addWithDependencies(FileDescriptor file, Map<String, FileDescriptor> all) {
    if (!all.containsKey(file.getName())) {
      file.getDependencies().forEach(dependency -> addWithDependencies(dependency, all));
      all.put(file.getName(), file);
    }
  }

  private FileDescriptorProto select(FileDescriptor file) {
    FileDescriptorProto.Builder selection =
        FileDescriptorProto.newBuilder()
            .setName(file.getName())
            .setPackage(file.getPackage())
            .setSyntax("proto3")
            .setOptions(
                FileOptions.newBuilder()
                    .setJavaMultipleFiles(true)
                    .setJavaPackage(JAVA_PACKAGE + file.getPackage())
                    .setJavaOuterClassname(file.getOptions().getJavaOuterClassname()));
    Set<String> dependencies = new TreeSet<>();
    for (Descriptor message : file.getMessageTypes()) {
      if (isNeeded(message)) {
        selection.addMessageType(select(message, dependencies));
      }
    }
    for (EnumDescriptor type : file.getEnumTypes()) {
      if (enums.contains(type)) {
        selection.addEnumType(withoutOptions(type));
      }
    }
    dependencies.remove(file.getName());
    return selection.addAllDependency(dependencies).build();
  }

  private boolean isNeeded(Descriptor message) {
    return selected.containsKey(message.getFullName())
        || message.getEnumTypes().stream().anyMatch(enums::contains)
        || message.getNestedTypes().stream().anyMatch(this::isNeeded);
  }

  private DescriptorProto select(Descriptor message, Set<String> dependencies) {
    DescriptorProto.Builder selection = DescriptorProto.newBuilder().setName(message.getName());
    Map<OneofDescriptor, Integer> oneofs = new LinkedHashMap<>();
    Set<String> fields = selected.getOrDefault(message.getFullName(), Set.of());
    for (FieldDescriptor field : message.getFields()) {
      if (!fields.contains(field.getName())) {
        continue;
      }
      FieldDescriptorProto.Builder copy = field.toProto().toBuilder().clearOptions();
      OneofDescriptor oneof = field.getContainingOneof();
      if (oneof != null) {
        copy.setOneofIndex(oneofs.computeIfAbsent(oneof, any -> oneofs.size()));
      }
      selection.addField(copy);
      addFiles(field, dependencies);
      if (field.isMapField()) {
        selection.addNestedType(field.getMessageType().toProto());
        addFiles(value(field), dependencies);
      }
    }
    oneofs.keySet().forEach(oneof -> selection.addOneofDeclBuilder().setName(oneof.getName()));
    for (Descriptor nested : message.getNestedTypes()) {
      if (isNeeded(nested)) {
        selection.addNestedType(select(nested, dependencies));
      }
    }
    for (EnumDescriptor type : message.getEnumTypes()) {
      if (enums.contains(type)) {
        selection.addEnumType(withoutOptions(type));
      }
    }
    return selection.build();
  }

  private static void addFiles(FieldDescriptor field, Set<String> files) {
    if (field.getType() == Type.MESSAGE) {
      files.add(field.getMessageType().getFile().getName());
    } else if (field.getType() == Type.ENUM) {
      files.add(field.getEnumType().getFile().getName());
    }
  }

  private static EnumDescriptorProto withoutOptions(EnumDescriptor type) {
    EnumDescriptorProto.Builder copy = type.toProto().toBuilder().clearOptions();
    copy.getValueBuilderList().forEach(value -> value.clearOptions());
    if (type.getOptions().getAllowAlias()) {
      copy.getOptionsBuilder().setAllowAlias(true);
    }
    return copy.build();
  }

  /** A line for each message: its full name, then number and name of each field. */
  private String names() {
    StringBuilder names = new StringBuilder();
    for (Descriptor message : messages.values()) {
      names.append(message.getFullName());
      for (FieldDescriptor field : message.getFields()) {
        names.append(' ').append(field.getNumber()).append(' ').append(field.getName());
      }
      names.append('\n');
    }
    return names.toString();
  }
}
