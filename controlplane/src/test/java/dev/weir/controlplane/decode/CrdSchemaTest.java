package dev.weir.controlplane.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.controlplane.decode.Tree.Scalar;
import dev.weir.controlplane.decode.Tree.Sequence;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.gateway.GatewayClassStatus;
import dev.weir.core.api.gateway.GatewayStatus;
import dev.weir.core.api.gateway.ListenerSetStatus;
import dev.weir.core.api.gateway.PolicyStatus;
import dev.weir.core.api.gateway.RouteStatus;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Inline;
import dev.weir.core.api.schema.JsonNames;
import dev.weir.core.api.schema.Payload;
import dev.weir.core.api.schema.Range;
import dev.weir.core.api.schema.Union;
import dev.weir.core.api.schema.Unique;
import dev.weir.core.api.schema.Variant;
import java.io.IOException;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The records say what the CRDs of the Gateway API say: fields, types, defaults and limits. */
class CrdSchemaTest {
  private static final Path CRDS = SharedData.path("gateway-api/crds");

  /**
   * Where a record differs on purpose: checked in code for the versions that have the limit, or
   * stricter than the schema.
   */
  private static final Set<String> EXPECTED =
      new TreeSet<>(
          Set.of(
              "TLSRoute/v1 hostnames: required",
              "TLSRoute/v1 hostnames: minItems 1",
              "TLSRoute/v1 rules: maxItems 1",
              "TLSRoute/v1alpha3 hostnames: required",
              "TLSRoute/v1alpha3 hostnames: minItems 1",
              "TLSRoute/v1alpha3 rules: maxItems 1",
              "TCPRoute/v1 rules: maxItems 1",
              "UDPRoute/v1 rules: maxItems 1",
              // A selector with a misspelt operator selects nothing, silently.
              "Gateway/v1 allowedListeners.namespaces.selector.matchExpressions[].operator: enum",
              "Gateway/v1 listeners[].allowedRoutes.namespaces.selector.matchExpressions[].operator:"
                  + " enum",
              "Gateway/v1beta1 allowedListeners.namespaces.selector.matchExpressions[].operator:"
                  + " enum",
              "Gateway/v1beta1"
                  + " listeners[].allowedRoutes.namespaces.selector.matchExpressions[].operator:"
                  + " enum",
              "ListenerSet/v1"
                  + " listeners[].allowedRoutes.namespaces.selector.matchExpressions[].operator:"
                  + " enum"));

  private static final Map<String, Class<? extends Record>> STATUS =
      Map.of(
          "GatewayClass", GatewayClassStatus.class,
          "Gateway", GatewayStatus.class,
          "ListenerSet", ListenerSetStatus.class,
          "HTTPRoute", RouteStatus.class,
          "GRPCRoute", RouteStatus.class,
          "TLSRoute", RouteStatus.class,
          "TCPRoute", RouteStatus.class,
          "UDPRoute", RouteStatus.class,
          "BackendTLSPolicy", PolicyStatus.class,
          "XBackendTrafficPolicy", PolicyStatus.class);

  private final Set<String> differences = new TreeSet<>();
  private int fields;

  @Test
  void recordsAgreeWithTheSchemas() throws Exception {
    Set<String> seen = new TreeSet<>();
    for (Mapping crd : crds()) {
      Mapping spec = mapping(crd, "spec");
      String kind = text(mapping(spec, "names"), "kind");
      for (ObjectType<?> type : StandardTypes.ALL) {
        if (type.kind().kind().equals(kind) && type.kind().group().equals(text(spec, "group"))) {
          seen.add(kind);
          assertThat(text(mapping(spec, "names"), "plural")).isEqualTo(type.kind().plural());
          assertThat(text(spec, "scope").toUpperCase(java.util.Locale.ROOT))
              .isEqualTo(type.kind().scope().name());
          compare(type, list(spec, "versions"));
        }
      }
    }
    assertThat(seen).containsAll(STATUS.keySet()).contains("ReferenceGrant");
    assertThat(fields).isGreaterThan(700);
    assertThat(differences).isEqualTo(EXPECTED);
  }

  private void compare(ObjectType<?> type, List<Tree> versions) throws NoSuchMethodException {
    Set<String> served = new TreeSet<>();
    for (Tree tree : versions) {
      Mapping version = (Mapping) tree;
      if (!text(version, "served").equals("true")) {
        continue;
      }
      String name = text(version, "name");
      served.add(name);
      Mapping properties =
          mapping(mapping(mapping(version, "schema"), "openAPIV3Schema"), "properties");
      String at = type.kind().kind() + "/" + name + " ";
      record(type.spec(), mapping(properties, "spec"), at);
      Class<? extends Record> status = STATUS.get(type.kind().kind());
      if (status != null) {
        names(status, mapping(properties, "status"), at + "status");
      }
    }
    assertThat(type.versions().keySet()).as(type.kind().kind()).containsAll(served);
    assertThat(served).as(type.kind().kind()).containsAll(type.versions().keySet());
  }

  /** Status is written, not read: only its names matter. */
  private void names(Class<?> record, Mapping schema, String at) {
    Set<String> ours = new TreeSet<>();
    for (RecordComponent component : record.getRecordComponents()) {
      ours.add(JsonNames.of(component));
      if (mapping(schema, "properties").get(JsonNames.of(component)) instanceof Mapping field
          && component.getAnnotatedType() instanceof AnnotatedParameterizedType list
          && list.getAnnotatedActualTypeArguments()[0].getType() instanceof Class<?> item
          && item.isRecord()) {
        names(item, mapping(field, "items"), at + "." + component.getName());
      }
    }
    assertThat(keys(mapping(schema, "properties"))).as(at).isEqualTo(ours);
  }

  private void record(Class<?> record, Mapping schema, String at) {
    Map<String, RecordComponent> components = new LinkedHashMap<>();
    flatten(record, components);
    Mapping properties = mapping(schema, "properties");
    if (!keys(properties).equals(new TreeSet<>(components.keySet()))) {
      differences.add(at + ": fields " + keys(properties) + ", not " + components.keySet());
    }
    Set<String> required = new TreeSet<>();
    if (schema.get("required") instanceof Sequence names) {
      names.items().forEach(name -> required.add(((Scalar) name).text()));
    }
    components.forEach((name, component) -> {
      if (properties.get(name) instanceof Mapping field) {
        String path = at.endsWith(" ") ? at + name : at + "." + name;
        presence(component, field, required.contains(name), path);
        type(component.getAnnotatedType(), field, path);
      }
    });
  }

  private static void flatten(Class<?> record, Map<String, RecordComponent> out) {
    for (RecordComponent component : record.getRecordComponents()) {
      if (component.isAnnotationPresent(Inline.class)) {
        flatten(component.getType(), out);
      } else {
        out.put(JsonNames.of(component), component);
      }
    }
  }

  private void presence(RecordComponent component, Mapping schema, boolean required, String at) {
    fields++;
    AnnotatedType type = component.getAnnotatedType();
    Default given = component.getAnnotation(Default.class);
    Tree expected = schema.get("default");
    boolean nullable = type.isAnnotationPresent(Nullable.class);
    boolean list = Shapes.isCollection(type);
    Constraints constraints = Constraints.of(type);
    boolean needed =
        list
            ? constraints.items() != null && constraints.items().min() > 0 && given == null
            : !nullable && given == null;
    if (needed != required) {
      differences.add(at + ": required");
    }
    if ((given == null) != (expected == null)) {
      differences.add(at + ": default");
    } else if (given != null && expected != null) {
      Findings findings = Findings.of("", null);
      Shape shape = Shapes.of(type);
      Tree ours =
          given.value().isEmpty()
              ? new Scalar("", Tree.Sort.STRING, 0)
              : YamlParser.constant(given.value());
      Object value = shape.read(ours, dev.weir.controlplane.decode.Path.ROOT, findings);
      assertThat(shape.read(expected, dev.weir.controlplane.decode.Path.ROOT, findings))
          .as(at)
          .isNotNull()
          .isEqualTo(value);
    }
  }

  private void type(AnnotatedType type, Mapping schema, String at) {
    Constraints constraints = Constraints.of(type);
    Class<?> raw =
        type.getType() instanceof ParameterizedType generic
            ? (Class<?>) generic.getRawType()
            : (Class<?>) type.getType();
    String expected = text(schema, "type");
    String ours = json(raw);
    if (!ours.equals(expected)) {
      differences.add(at + ": type " + expected + ", not " + ours);
      return;
    }
    limits(constraints, raw, schema, at);
    if (raw == List.class) {
      unique(type.getAnnotation(Unique.class), schema, at);
      AnnotatedType item = ((AnnotatedParameterizedType) type).getAnnotatedActualTypeArguments()[0];
      type(item, mapping(schema, "items"), at + "[]");
    } else if (raw == Map.class) {
      AnnotatedType value =
          ((AnnotatedParameterizedType) type).getAnnotatedActualTypeArguments()[1];
      type(value, mapping(schema, "additionalProperties"), at + "{}");
    } else if (raw.isAnnotationPresent(Union.class)) {
      union(raw, schema, at);
    } else if (raw.isRecord()) {
      record(raw, schema, at);
    }
  }

  private static String json(Class<?> raw) {
    if (raw == List.class) {
      return "array";
    } else if (raw == Map.class || raw.isRecord() || raw.isSealed()) {
      return "object";
    } else if (raw == int.class || raw == Integer.class) {
      return "integer";
    } else if (raw == boolean.class || raw == Boolean.class) {
      return "boolean";
    } else if (raw == String.class || raw == Duration.class || raw == Instant.class) {
      return "string";
    }
    return raw.isEnum() ? "string" : raw.toString();
  }

  private void limits(Constraints ours, Class<?> raw, Mapping schema, String at) {
    String pattern = ours.pattern() == null ? "" : ours.pattern().value();
    check(raw == Duration.class ? "^([0-9]{1,5}(h|m|s|ms)){1,4}$" : pattern, schema, "pattern", at);
    long minLength = ours.length() == null ? 0 : ours.length().min();
    check(minLength == 0 ? "" : minLength + "", drop(schema, "minLength", "0"), "minLength", at);
    check(max(ours.length() == null ? null : ours.length().max()), schema, "maxLength", at);
    boolean map = raw == Map.class;
    int minItems = ours.items() == null ? 0 : ours.items().min();
    check(minItems == 0 ? "" : minItems + "", schema, map ? "minProperties" : "minItems", at);
    check(
        max(ours.items() == null ? null : ours.items().max()),
        schema,
        map ? "maxProperties" : "maxItems",
        at);
    Range range = ours.range();
    long low = range == null ? Long.MIN_VALUE : range.min();
    check(low == Long.MIN_VALUE ? "" : low + "", schema, "minimum", at);
    long high = range == null ? Long.MAX_VALUE : range.max();
    check(high == Long.MAX_VALUE ? "" : high + "", schema, "maximum", at);
    Set<String> values = new TreeSet<>();
    if (schema.get("enum") instanceof Sequence list) {
      list.items().forEach(value -> values.add(((Scalar) value).text()));
    }
    Set<String> known = new TreeSet<>(ours.oneOf());
    if (raw.isEnum()) {
      for (Object constant : raw.getEnumConstants()) {
        known.add(JsonNames.of((Enum<?>) constant));
      }
    }
    if (!known.equals(values)) {
      differences.add(at + ": enum");
    }
  }

  private static String max(@Nullable Integer max) {
    return max == null || max == Integer.MAX_VALUE ? "" : max.toString();
  }

  private static Mapping drop(Mapping schema, String field, String value) {
    return text(schema, field).equals(value)
        ? new Mapping(
            schema.entries().stream().filter(entry -> !entry.key().equals(field)).toList(), 0)
        : schema;
  }

  private void check(String ours, Mapping schema, String field, String at) {
    String expected = text(schema, field);
    if (!ours.equals(expected)) {
      differences.add(at + ": " + field + " " + expected);
    }
  }

  private void unique(@Nullable Unique ours, Mapping schema, String at) {
    Set<String> keys = new TreeSet<>();
    if (schema.get("x-kubernetes-list-map-keys") instanceof Sequence list) {
      list.items().forEach(key -> keys.add(((Scalar) key).text()));
    }
    String type = text(schema, "x-kubernetes-list-type");
    boolean same =
        switch (type) {
          case "map" -> ours != null && keys.equals(new TreeSet<>(Arrays.asList(ours.value())));
          case "set" -> ours != null && ours.value().length == 0;
          default -> ours == null;
        };
    if (!same) {
      differences.add(at + ": list-type " + type + " " + keys);
    }
  }

  private void union(Class<?> union, Mapping schema, String at) {
    Union annotation = union.getAnnotation(Union.class);
    Mapping properties = mapping(schema, "properties");
    Set<String> names = new TreeSet<>(Set.of(annotation.value()));
    Set<String> types = new TreeSet<>();
    for (Class<?> variant : union.getPermittedSubclasses()) {
      Variant alternative = variant.getAnnotation(Variant.class);
      names.add(alternative.field());
      types.add(alternative.type());
      if (!(properties.get(alternative.field()) instanceof Mapping field)) {
        continue;
      }
      String path = at + "." + alternative.field();
      RecordComponent[] components = variant.getRecordComponents();
      if (components.length == 1 && components[0].isAnnotationPresent(Payload.class)) {
        type(components[0].getAnnotatedType(), field, path);
      } else {
        record(variant, field, path);
      }
    }
    assertThat(keys(properties)).as(at).isEqualTo(names);
    Set<String> expected = new TreeSet<>();
    list(mapping(properties, annotation.value()), "enum")
        .forEach(value -> expected.add(((Scalar) value).text()));
    assertThat(expected).as(at).isEqualTo(types);
  }

  static List<Mapping> crds() throws IOException {
    assumeTrue(Files.isDirectory(CRDS), "no " + CRDS + ": not run");
    List<Mapping> crds = new ArrayList<>();
    try (var files = Files.list(CRDS)) {
      for (Path file : files.sorted().toList()) {
        Documents documents = Texts.read(new SourceText(file.toString(), Files.readAllBytes(file)));
        assertThat(documents.problems()).isEmpty();
        for (Tree root : documents.roots()) {
          if (text((Mapping) root, "kind").equals("CustomResourceDefinition")) {
            crds.add((Mapping) root);
          }
        }
      }
    }
    return crds;
  }

  static Mapping mapping(Mapping parent, String field) {
    return parent.get(field) instanceof Mapping mapping ? mapping : new Mapping(List.of(), 0);
  }

  static List<Tree> list(Mapping parent, String field) {
    return parent.get(field) instanceof Sequence sequence ? sequence.items() : List.of();
  }

  static String text(Mapping parent, String field) {
    return parent.get(field) instanceof Scalar scalar ? scalar.text() : "";
  }

  private static Set<String> keys(Mapping mapping) {
    Set<String> keys = new TreeSet<>();
    mapping.entries().forEach(entry -> keys.add(entry.key()));
    return keys;
  }
}
