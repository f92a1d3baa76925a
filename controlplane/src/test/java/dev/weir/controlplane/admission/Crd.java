package dev.weir.controlplane.admission;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.controlplane.decode.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Served versions of a kind, as its CRD describes them.
 *
 * @param versions those that have this schema
 * @param schema of whole objects, of which it describes the spec only
 */
record Crd(String group, String kind, List<String> versions, JsonNode schema) {
  private static final Path FILES = SharedData.path("gateway-api/crds");
  private static final Path OWN_FILES = Path.of("../install/crds");
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** Kinds of the Gateway API that Weir does not read. */
  private static final Set<String> NOT_READ = Set.of("XMesh", "XBackend");

  /** All versions of all kinds of the Gateway API; skips the test if the CRDs are not there. */
  static List<Crd> all() throws IOException {
    assumeTrue(Files.isDirectory(FILES), "no " + FILES + ": not run");
    return in(FILES);
  }

  /** All versions of Weir's own kinds. */
  static List<Crd> own() throws IOException {
    return in(OWN_FILES);
  }

  private static List<Crd> in(Path folder) throws IOException {
    List<Crd> all = new ArrayList<>();
    try (var files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        for (JsonNode document : documents(Files.readString(file))) {
          if (document.path("kind").asString("").equals("CustomResourceDefinition")) {
            read(document.get("spec"), all);
          }
        }
      }
    }
    return all;
  }

  private static void read(JsonNode spec, List<Crd> out) {
    String kind = spec.get("names").get("kind").asString();
    Map<JsonNode, List<String>> schemas = new LinkedHashMap<>();
    for (JsonNode version : spec.get("versions")) {
      if (version.get("served").asBoolean() && !NOT_READ.contains(kind)) {
        JsonNode schema = version.get("schema").get("openAPIV3Schema").deepCopy();
        ((ObjectNode) schema.get("properties")).retain("spec");
        undescribed(schema);
        schemas
            .computeIfAbsent(schema, key -> new ArrayList<>())
            .add(version.get("name").asString());
      }
    }
    String group = spec.get("group").asString();
    schemas.forEach((schema, versions) -> out.add(new Crd(group, kind, versions, schema)));
  }

  /** Versions often differ in nothing but their words. */
  private static void undescribed(JsonNode schema) {
    if (schema instanceof ObjectNode object && object.path("description").isString()) {
      object.remove("description");
    }
    schema.forEach(Crd::undescribed);
  }

  /** The documents of a YAML text; read without any code of Weir. */
  static List<JsonNode> documents(String yaml) {
    List<JsonNode> documents = new ArrayList<>();
    LoadSettings settings = LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
    for (Object document : new Load(settings).loadAllFromString(yaml)) {
      documents.add(MAPPER.valueToTree(document == null ? Map.of() : document));
    }
    return documents;
  }

  /** The objects of a YAML text, which holds their specs, in one of the versions. */
  List<JsonNode> objects(String specs, String version) {
    List<JsonNode> objects = new ArrayList<>();
    for (JsonNode document : documents(specs)) {
      ObjectNode object = MAPPER.createObjectNode();
      object.put("apiVersion", group + "/" + version).put("kind", kind);
      object.putObject("metadata").put("name", "sound");
      object.setAll((ObjectNode) document);
      objects.add(object);
    }
    return objects;
  }

  /** The object in another version. */
  JsonNode in(String version, JsonNode object) {
    return ((ObjectNode) object.deepCopy()).put("apiVersion", group + "/" + version);
  }

  @Override
  public String toString() {
    return kind + " " + String.join(", ", versions);
  }
}
