package dev.weir.controlplane.admission;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialects;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an API server does with an object of a custom kind before it stores it, for a client that
 * asks for strict fields as kubectl does: nulls are dropped and defaults filled in, then unknown
 * fields, the schema, the keys of lists and the CEL rules are checked.
 */
final class ApiServer {
  /**
   * Something that is refused.
   *
   * @param constraint the place in the schema and the keyword or rule that is broken there
   */
  record Refusal(Place at, String constraint, String message) {
    @Override
    public String toString() {
      return at + ": " + message;
    }
  }

  /** Keywords of the schema that refuse something. */
  private static final Set<String> KEYWORDS =
      Set.of(
          "type",
          "enum",
          "pattern",
          "minLength",
          "maxLength",
          "minimum",
          "maximum",
          "minItems",
          "maxItems",
          "maxProperties",
          "oneOf");

  /** Fields that objects of all kinds have. */
  private static final Set<String> COMMON = Set.of("apiVersion", "kind", "metadata", "status");

  /** After one of these the CEL rules are not asked. */
  private static final Set<String> BLOCKING =
      Set.of("type", "enum", "required", "maxLength", "maxItems", "maxProperties");

  private final JsonNode root;
  private final Schema schema;
  private final CelRules rules = new CelRules();
  private final Set<String> broken = new LinkedHashSet<>();

  ApiServer(Crd crd) {
    this.root = crd.schema();
    SchemaRegistryConfig config =
        SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build();
    SchemaRegistry registry =
        SchemaRegistry.withDialect(
            Dialects.getOpenApi30(), builder -> builder.schemaRegistryConfig(config));
    this.schema = registry.getSchema(plain(root.deepCopy()));
  }

  /** Without the keywords that JSON schema does not know. */
  private static JsonNode plain(JsonNode schema) {
    if (schema instanceof ObjectNode object) {
      List<String> names = List.copyOf(object.propertyNames());
      object.remove(names.stream().filter(name -> name.startsWith("x-kubernetes-")).toList());
    }
    schema.forEach(ApiServer::plain);
    return schema;
  }

  /** What is refused; empty if the object is stored. */
  List<Refusal> admit(JsonNode given) {
    JsonNode object = given.deepCopy();
    List<Refusal> refusals = new ArrayList<>();
    unknownFields(object, root, Place.ROOT, refusals);
    dropNulls(object, root);
    fillDefaults(object, root);
    boolean blocked = false;
    for (Error error : schema.validate(object)) {
      Refusal refusal = refusal(error);
      blocked |= BLOCKING.contains(error.getKeyword());
      refusals.add(refusal);
    }
    integers(object, root, Place.ROOT, refusals);
    if (!blocked) {
      walk(object, root, Place.ROOT, refusals);
    }
    refusals.forEach(refusal -> broken.add(refusal.constraint));
    return refusals;
  }

  /** Constraints that objects broke. */
  Set<String> broken() {
    return broken;
  }

  /** Constraints of all fields that an object has. */
  Set<String> constraints(JsonNode object) {
    JsonNode complete = object.deepCopy();
    fillDefaults(complete, root);
    Set<String> all = new LinkedHashSet<>();
    constraints(complete, root, Place.ROOT, all);
    return all;
  }

  /** Every constraint of the schema. */
  Set<String> constraints() {
    Set<String> all = new LinkedHashSet<>();
    constraints(null, root, Place.ROOT, all);
    // An object that is none has no kind either.
    all.remove(" type");
    return all;
  }

  /** Those of the schema as far as the object has the fields; of all if there is no object. */
  private static void constraints(
      @Nullable JsonNode value, JsonNode schema, Place at, Set<String> out) {
    String place = at.schema() + " ";
    for (String keyword : KEYWORDS) {
      boolean said = schema.has(keyword) && !schema.get(keyword).toString().equals("0");
      if (said || (schema.has(keyword) && keyword.equals("minimum"))) {
        out.add(place + keyword);
      }
    }
    for (JsonNode name : schema.path("required")) {
      out.add(place + "required " + name.asString());
    }
    String list = schema.path("x-kubernetes-list-type").asString("");
    if (list.equals("set") || list.equals("map")) {
      out.add(place + list);
    }
    for (JsonNode rule : schema.path("x-kubernetes-validations")) {
      out.add(place + rule(rule));
    }
    if (schema.path("format").asString("").equals("int32")) {
      out.add(place + "int32");
    }
    if (schema.has("properties")) {
      out.add(place + "unknown");
      schema
          .get("properties")
          .forEachEntry((name, property) -> {
            if (value == null || value.has(name)) {
              constraints(value == null ? null : value.get(name), property, at.field(name), out);
            }
          });
    }
    if (schema.has("items")) {
      if (value == null) {
        constraints(null, schema.get("items"), at.item(0), out);
      } else {
        value.forEach(item -> constraints(item, schema.get("items"), at.item(0), out));
      }
    }
    if (schema.path("additionalProperties").isObject()) {
      JsonNode of = schema.get("additionalProperties");
      if (value == null) {
        constraints(null, of, at.key(""), out);
      } else {
        value.forEach(one -> constraints(one, of, at.key(""), out));
      }
    }
  }

  private static String rule(JsonNode rule) {
    return "rule " + rule.get("message").asString() + " [" + rule.get("rule").asString().strip();
  }

  private static void unknownFields(
      JsonNode value, JsonNode schema, Place at, List<Refusal> refusals) {
    if (value instanceof ObjectNode object && schema.has("properties")) {
      object.forEachEntry((name, field) -> {
        boolean common = at.isRoot() && COMMON.contains(name);
        JsonNode property = schema.get("properties").get(name);
        if (property != null) {
          unknownFields(field, property, at.field(name), refusals);
        } else if (!common) {
          refusals.add(new Refusal(at.field(name), at.schema() + " unknown", "unknown field"));
        }
      });
    } else if (value instanceof ArrayNode array && schema.has("items")) {
      for (int i = 0; i < array.size(); i++) {
        unknownFields(array.get(i), schema.get("items"), at.item(i), refusals);
      }
    }
  }

  private static void dropNulls(JsonNode value, JsonNode schema) {
    if (value instanceof ObjectNode object) {
      for (String name : List.copyOf(object.propertyNames())) {
        JsonNode property = field(schema, name);
        if (property != null && object.get(name).isNull()) {
          object.remove(name);
        } else if (property != null) {
          dropNulls(object.get(name), property);
        }
      }
    } else if (value instanceof ArrayNode array && schema.has("items")) {
      array.forEach(item -> dropNulls(item, schema.get("items")));
    }
  }

  private static @Nullable JsonNode field(JsonNode schema, String name) {
    JsonNode property = schema.path("properties").get(name);
    JsonNode others = schema.get("additionalProperties");
    return property == null && others != null && others.isObject() ? others : property;
  }

  private static void fillDefaults(JsonNode value, JsonNode schema) {
    if (value instanceof ObjectNode object) {
      schema
          .path("properties")
          .forEachEntry((name, property) -> {
            if (property.has("default") && !object.has(name)) {
              object.set(name, property.get("default").deepCopy());
            }
          });
      object.forEachEntry((name, field) -> {
        JsonNode property = field(schema, name);
        if (property != null) {
          fillDefaults(field, property);
        }
      });
    } else if (value instanceof ArrayNode array && schema.has("items")) {
      array.forEach(item -> fillDefaults(item, schema.get("items")));
    }
  }

  private Refusal refusal(Error error) {
    boolean alternative = error.getEvaluationPath().toString().contains("/oneOf");
    JsonNode at = root;
    Place place = Place.ROOT;
    for (int i = 0; i < error.getInstanceLocation().getNameCount(); i++) {
      if (alternative && at.has("oneOf")) {
        break;
      }
      Object step = error.getInstanceLocation().getElement(i);
      if (at.has("items")) {
        place = place.item(Integer.parseInt(step.toString()));
        at = at.get("items");
      } else if (at.path("properties").has(step.toString())) {
        place = place.field(step.toString());
        at = at.get("properties").get(step.toString());
      } else {
        place = place.key(step.toString());
        at = at.get("additionalProperties");
      }
    }
    String keyword = alternative ? "oneOf" : error.getKeyword();
    if (keyword.equals("required")) {
      String name = error.getProperty();
      return new Refusal(
          place.field(name), place.schema() + " required " + name, error.getMessage());
    }
    return new Refusal(place, place.schema() + " " + keyword, error.getMessage());
  }

  /** Whole numbers of the Gateway API have 32 bits. */
  private static void integers(JsonNode value, JsonNode schema, Place at, List<Refusal> refusals) {
    if (value.isIntegralNumber()
        && schema.path("format").asString("").equals("int32")
        && !value.canConvertToInt()) {
      refusals.add(new Refusal(at, at.schema() + " int32", "not a number of 32 bits"));
    }
    eachChild(value, schema, at, (child, of, place) -> integers(child, of, place, refusals));
  }

  private void walk(JsonNode value, JsonNode schema, Place at, List<Refusal> refusals) {
    keys(value, schema, at, refusals);
    for (JsonNode rule : schema.path("x-kubernetes-validations")) {
      if (!rules.holds(rule.get("rule").asString(), value)) {
        refusals.add(
            new Refusal(at, at.schema() + " " + rule(rule), rule.get("message").asString()));
      }
    }
    eachChild(value, schema, at, (child, of, place) -> walk(child, of, place, refusals));
  }

  private interface Visitor {
    void visit(JsonNode child, JsonNode schema, Place at);
  }

  private static void eachChild(JsonNode value, JsonNode schema, Place at, Visitor visitor) {
    if (value instanceof ObjectNode object) {
      object.forEachEntry((name, child) -> {
        JsonNode property = field(schema, name);
        if (property != null) {
          boolean named = schema.path("properties").has(name);
          visitor.visit(child, property, named ? at.field(name) : at.key(name));
        }
      });
    } else if (value instanceof ArrayNode array && schema.has("items")) {
      for (int i = 0; i < array.size(); i++) {
        visitor.visit(array.get(i), schema.get("items"), at.item(i));
      }
    }
  }

  /** The items of sets differ, those of maps in their keys. */
  private static void keys(JsonNode value, JsonNode schema, Place at, List<Refusal> refusals) {
    String type = schema.path("x-kubernetes-list-type").asString("");
    if (!value.isArray() || type.equals("atomic") || type.isEmpty()) {
      return;
    }
    Set<Object> seen = new LinkedHashSet<>();
    for (int i = 0; i < value.size(); i++) {
      List<JsonNode> key = new ArrayList<>();
      if (type.equals("set")) {
        key.add(value.get(i));
      } else {
        for (JsonNode name : schema.get("x-kubernetes-list-map-keys")) {
          key.add(value.get(i).path(name.asString()));
        }
      }
      if (!seen.add(key)) {
        refusals.add(new Refusal(at.item(i), at.schema() + " " + type, "duplicate"));
      }
    }
  }
}
