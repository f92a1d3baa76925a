package dev.weir.controlplane.decode;

import dev.weir.core.api.JsonObject;
import dev.weir.core.api.Kind;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.k8s.IntOrString;
import dev.weir.core.api.schema.Cel;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Inline;
import dev.weir.core.api.schema.JsonNames;
import dev.weir.core.api.schema.Payload;
import dev.weir.core.api.schema.Union;
import dev.weir.core.api.schema.Unique;
import dev.weir.core.api.schema.Variant;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Writes the CRDs of Weir's own kinds from their records. */
final class CrdWriter {
  private static final String DURATION = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";

  /** Of a duration; the longest that the pattern allows. */
  private static final int LONGEST_DURATION = 28;

  private CrdWriter() {}

  static Map<String, Object> crd(ObjectType<?> type) {
    Kind kind = type.kind();
    String singular = kind.kind().toLowerCase(Locale.ROOT);
    List<Object> versions = new ArrayList<>();
    for (String version : type.versions().keySet()) {
      versions.add(
          ordered(
              "name",
              version,
              "served",
              true,
              "storage",
              version.equals(kind.version()),
              "schema",
              ordered("openAPIV3Schema", object(type))));
    }
    return ordered(
        "apiVersion",
        "apiextensions.k8s.io/v1",
        "kind",
        "CustomResourceDefinition",
        "metadata",
        ordered("name", kind.plural() + "." + kind.group()),
        "spec",
        ordered(
            "group",
            kind.group(),
            "names",
            ordered(
                "kind",
                kind.kind(),
                "listKind",
                kind.kind() + "List",
                "plural",
                kind.plural(),
                "singular",
                singular),
            "scope",
            kind.scope() == Kind.Scope.CLUSTER ? "Cluster" : "Namespaced",
            "versions",
            versions));
  }

  private static Map<String, Object> object(ObjectType<?> type) {
    Map<String, Object> properties =
        ordered(
            "apiVersion", ordered("type", "string"),
            "kind", ordered("type", "string"),
            "metadata", ordered("type", "object"),
            "spec", record(type.spec()));
    return ordered("type", "object", "required", List.of("spec"), "properties", properties);
  }

  private static Map<String, Object> record(Class<?> record) {
    Map<String, Object> properties = new LinkedHashMap<>();
    List<String> required = new ArrayList<>();
    fields(record, properties, required);
    Map<String, Object> schema = ordered("type", "object");
    if (!required.isEmpty()) {
      schema.put("required", required);
    }
    schema.put("properties", properties);
    List<Object> rules = new ArrayList<>();
    for (Cel cel : record.getAnnotationsByType(Cel.class)) {
      rules.add(ordered("rule", cel.value(), "message", cel.message()));
    }
    if (!rules.isEmpty()) {
      schema.put("x-kubernetes-validations", rules);
    }
    return schema;
  }

  private static void fields(
      Class<?> record, Map<String, Object> properties, List<String> required) {
    for (RecordComponent component : record.getRecordComponents()) {
      if (component.isAnnotationPresent(Inline.class)) {
        fields(component.getType(), properties, required);
        continue;
      }
      String name = JsonNames.of(component);
      Map<String, Object> schema = type(component.getAnnotatedType());
      Default given = component.getAnnotation(Default.class);
      if (given != null) {
        schema.put("default", value(component.getType(), given.value()));
      }
      properties.put(name, schema);
      if (given == null && isRequired(component.getAnnotatedType())) {
        required.add(name);
      }
    }
  }

  private static boolean isRequired(AnnotatedType type) {
    if (type.isAnnotationPresent(Nullable.class)) {
      return false;
    }
    Constraints constraints = Constraints.of(type);
    return !Shapes.isCollection(type)
        || (constraints.items() != null && constraints.items().min() > 0);
  }

  private static Object value(Class<?> type, String text) {
    return type == String.class || type == Duration.class || type.isEnum()
        ? text
        : Objects.requireNonNull(new Load(LoadSettings.builder().build()).loadFromString(text));
  }

  private static Map<String, Object> type(AnnotatedType type) {
    Constraints constraints = Constraints.of(type);
    Class<?> raw =
        type.getType() instanceof ParameterizedType generic
            ? (Class<?>) generic.getRawType()
            : (Class<?>) type.getType();
    if (raw == List.class) {
      return list((AnnotatedParameterizedType) type, constraints);
    } else if (raw == Map.class) {
      AnnotatedType values =
          ((AnnotatedParameterizedType) type).getAnnotatedActualTypeArguments()[1];
      Map<String, Object> schema = ordered("type", "object", "additionalProperties", type(values));
      items(constraints, "minProperties", "maxProperties", schema);
      return schema;
    } else if (raw == String.class) {
      return string(constraints);
    } else if (raw == Duration.class) {
      return ordered("type", "string", "maxLength", LONGEST_DURATION, "pattern", DURATION);
    } else if (raw == int.class || raw == Integer.class) {
      return number(constraints, ordered("type", "integer", "format", "int32"));
    } else if (raw == boolean.class || raw == Boolean.class) {
      return ordered("type", "boolean");
    } else if (raw == IntOrString.class) {
      Map<String, Object> schema =
          ordered(
              "x-kubernetes-int-or-string",
              true,
              "anyOf",
              List.of(ordered("type", "integer"), ordered("type", "string")));
      pattern(constraints, schema);
      return number(constraints, schema);
    } else if (raw == JsonObject.class) {
      return ordered("type", "object", "x-kubernetes-preserve-unknown-fields", true);
    } else if (raw.isEnum()) {
      return ordered(
          "type",
          "string",
          "enum",
          Arrays.stream(raw.getEnumConstants()).map(each -> JsonNames.of((Enum<?>) each)).toList());
    } else if (raw.isAnnotationPresent(Union.class)) {
      return union(raw);
    } else if (raw.isRecord()) {
      return record(raw);
    }
    throw new IllegalArgumentException("no schema for " + raw);
  }

  private static Map<String, Object> list(
      AnnotatedParameterizedType type, Constraints constraints) {
    Map<String, Object> schema =
        ordered("type", "array", "items", type(type.getAnnotatedActualTypeArguments()[0]));
    items(constraints, "minItems", "maxItems", schema);
    Unique unique = type.getAnnotation(Unique.class);
    if (unique == null) {
      schema.put("x-kubernetes-list-type", "atomic");
    } else if (unique.value().length == 0) {
      schema.put("x-kubernetes-list-type", "set");
    } else {
      schema.put("x-kubernetes-list-type", "map");
      schema.put("x-kubernetes-list-map-keys", List.of(unique.value()));
    }
    return schema;
  }

  private static void items(
      Constraints constraints, String min, String max, Map<String, Object> schema) {
    if (constraints.items() != null) {
      if (constraints.items().min() > 0) {
        schema.put(min, constraints.items().min());
      }
      if (constraints.items().max() < Integer.MAX_VALUE) {
        schema.put(max, constraints.items().max());
      }
    }
  }

  private static Map<String, Object> string(Constraints constraints) {
    Map<String, Object> schema = ordered("type", "string");
    if (constraints.length() != null) {
      if (constraints.length().min() > 0) {
        schema.put("minLength", constraints.length().min());
      }
      if (constraints.length().max() < Integer.MAX_VALUE) {
        schema.put("maxLength", constraints.length().max());
      }
    }
    pattern(constraints, schema);
    if (!constraints.oneOf().isEmpty()) {
      schema.put("enum", constraints.oneOf());
    }
    return schema;
  }

  private static void pattern(Constraints constraints, Map<String, Object> schema) {
    if (constraints.pattern() != null) {
      schema.put("pattern", constraints.pattern().value());
    }
  }

  private static Map<String, Object> number(Constraints constraints, Map<String, Object> schema) {
    if (constraints.range() != null) {
      if (constraints.range().min() > Integer.MIN_VALUE) {
        schema.put("minimum", constraints.range().min());
      }
      if (constraints.range().max() < Integer.MAX_VALUE) {
        schema.put("maximum", constraints.range().max());
      }
    }
    return schema;
  }

  /** A field that names the variant, and a field for each of them: that one, and no other. */
  private static Map<String, Object> union(Class<?> union) {
    String discriminator = Objects.requireNonNull(union.getAnnotation(Union.class)).value();
    Map<String, Object> properties = new LinkedHashMap<>();
    List<String> names = new ArrayList<>();
    List<Object> rules = new ArrayList<>();
    properties.put(discriminator, ordered("type", "string", "enum", names));
    for (Class<?> each : union.getPermittedSubclasses()) {
      Variant variant = Objects.requireNonNull(each.getAnnotation(Variant.class));
      RecordComponent[] components = each.getRecordComponents();
      boolean payload = components.length == 1 && components[0].isAnnotationPresent(Payload.class);
      names.add(variant.type());
      properties.put(
          variant.field(), payload ? type(components[0].getAnnotatedType()) : record(each));
      rules.add(
          ordered(
              "rule",
              "(self.%s == '%s') == has(self.%s)"
                  .formatted(discriminator, variant.type(), variant.field()),
              "message",
              "%s is required with %s %s, and not possible with another"
                  .formatted(variant.field(), discriminator, variant.type())));
    }
    return ordered(
        "type",
        "object",
        "required",
        List.of(discriminator),
        "properties",
        properties,
        "x-kubernetes-validations",
        rules);
  }

  /** A map of these names and values, in their order. */
  private static Map<String, Object> ordered(Object... namesAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }
}
