package dev.weir.controlplane.admission;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects that differ from a sound one in one place: for each constraint of the schema some that
 * break it and some that just keep it, and whatever a rule might be about.
 */
final class Mutations {
  /**
   * A changed object.
   *
   * @param what the change, for people
   * @param edge the constraint of whose allowed side it is the last value; empty: of none
   */
  record Mutant(String what, String edge, JsonNode object) {}

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final Pattern LITERAL = Pattern.compile("'([^']*)'|\"([^\"]*)\"");

  /** Texts that are right in one place and wrong in another. */
  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "a",
          "A",
          "a b",
          " a",
          "a ",
          "-a",
          "a-",
          "_a",
          "a_b",
          ".a",
          "a.",
          "a..b",
          "a.b",
          "a.b.C",
          "a,b",
          "a=b",
          "a:b",
          "a/b",
          "a/",
          "/",
          "/a",
          "//",
          "/a//b",
          "/a/./b",
          "/a/../b",
          "/a/..",
          "/a/.",
          "/a%2fb",
          "/a%2Fb",
          "/%41",
          "/%4",
          "/%zz",
          "/a#b",
          "/a?b",
          "/a b",
          "/é",
          "/a*{}",
          "*",
          "*.a",
          "a.*",
          "*a",
          "**.a",
          "*.*.a",
          "*.",
          "a.b/c",
          "a.b/",
          "A.b/c",
          "a.b/c/d",
          "a.b/c_d.e-f",
          "a/b/-c",
          "é",
          "a\n",
          "a\tb",
          "a\tb c",
          "a\u007f",
          "1",
          "01",
          "1.2.3.4",
          "1.2.3",
          "1.2.3.256",
          "::1",
          "2001:db8::1%eth0",
          "fe80::g",
          "::ffff:1.2.3.4",
          "http://a",
          "https://*.a.b:80",
          "http://a:123456",
          "http://*",
          "ftp://a",
          "https://a/",
          "http://a.b:",
          "a://",
          "//a",
          "a:",
          "null",
          "System",
          "system",
          "Hostname",
          "IPAddress",
          "NamedAddress",
          "HTTP",
          "HTTPS",
          "TLS",
          "TCP",
          "UDP",
          "http",
          "0s",
          "1s",
          "2s",
          "999ms",
          "1000ms",
          "60m",
          "61m",
          "1h",
          "3600s",
          "3601s",
          "1h30m",
          "1m1ms",
          "1s1s1s1s",
          "1s1s1s1s1s",
          "99999h",
          "100000h",
          "1.5s",
          "-1s",
          "1d",
          "10",
          "s",
          "Service",
          "Gateway",
          "In",
          "1a",
          "a1",
          "_x",
          "x-y",
          "shop.v1.Cart",
          ".shop.Cart",
          "shop..Cart",
          "weir.dev",
          "All");

  private static final List<String> SOME_TEXTS =
      List.of("", "A", "a b", "-a", "a..b", "é", "a\n", "*.a", "/a", "1.2.3.4", "2s");

  private final JsonNode schema;
  private final Map<String, Set<JsonNode>> donors = new LinkedHashMap<>();
  private final Set<String> done = new HashSet<>();
  private final Set<Object> thorough = new HashSet<>();

  /**
   * Mutations of objects of a kind.
   *
   * @param sound objects whose parts may be put into others
   */
  Mutations(JsonNode schema, List<JsonNode> sound) {
    this.schema = schema;
    sound.forEach(object -> collect(object, schema, Place.ROOT));
  }

  /** The places of the schema that the sound objects have. */
  Set<String> places() {
    return donors.keySet();
  }

  private void collect(JsonNode value, JsonNode of, Place at) {
    donors.computeIfAbsent(at.schema(), key -> new LinkedHashSet<>()).add(value);
    eachChild(value, of, at, (child, childOf, place) -> collect(child, childOf, place));
  }

  private interface Visitor {
    void visit(JsonNode child, JsonNode schema, Place at);
  }

  private static void eachChild(JsonNode value, JsonNode of, Place at, Visitor visitor) {
    if (value instanceof ObjectNode object) {
      object.forEachEntry((name, child) -> {
        if (of.path("properties").has(name)) {
          visitor.visit(child, of.get("properties").get(name), at.field(name));
        } else if (of.path("additionalProperties").isObject()) {
          visitor.visit(child, of.get("additionalProperties"), at.key(name));
        }
      });
    } else if (value instanceof ArrayNode array && of.has("items")) {
      for (int i = 0; i < array.size(); i++) {
        visitor.visit(array.get(i), of.get("items"), at.item(i));
      }
    }
  }

  /** An object that differs in several places at random, mostly by parts of others. */
  JsonNode random(JsonNode object, SplittableRandom random) {
    JsonNode result = object;
    for (int i = 2 + random.nextInt(3); i > 0; i--) {
      List<Place> places = new ArrayList<>();
      places(result, schema, Place.ROOT, places);
      Place at = places.get(random.nextInt(places.size()));
      List<JsonNode> others = List.copyOf(donors.getOrDefault(at.schema(), Set.of()));
      if (others.isEmpty() || random.nextInt(8) == 0) {
        result = at.removed(result);
      } else if (random.nextInt(8) == 0) {
        String text = TEXTS.get(random.nextInt(TEXTS.size()));
        result = at.replaced(result, NODES.stringNode(text));
      } else {
        result = at.replaced(result, others.get(random.nextInt(others.size())));
      }
    }
    return result;
  }

  /** All places of the object's spec, and those of fields that it could have. */
  private static void places(JsonNode value, JsonNode of, Place at, List<Place> out) {
    of.path("properties")
        .forEachEntry((name, property) -> {
          if (!value.has(name) && value.isObject()) {
            out.add(at.field(name));
          }
        });
    eachChild(
        value,
        of,
        at,
        (child, childOf, place) -> {
          out.add(place);
          places(child, childOf, place, out);
        });
  }

  /** All mutants of an object. */
  void of(JsonNode object, Consumer<Mutant> out) {
    walk(object, object, schema, Place.ROOT, "", List.of(), out);
  }

  private void walk(
      JsonNode object,
      JsonNode value,
      JsonNode of,
      Place at,
      String around,
      List<JsonNode> rules,
      Consumer<Mutant> out) {
    // A rule is about what is near below it.
    List<JsonNode> all =
        new ArrayList<>(rules.subList(Math.max(0, rules.size() - 2), rules.size()));
    all.add(of.path("x-kubernetes-validations"));
    if (!at.isRoot()) {
      // The same change at an equal place of another object tells nothing new.
      if (done.add(at.schema() + around + value.getNodeType())) {
        types(object, at, out);
        if (value.isString()) {
          texts(object, value.asString(), of, at, all, out);
        } else if (value.isIntegralNumber()) {
          numbers(object, of, at, out);
        } else if (value.isBoolean()) {
          replace(object, at, "other", NODES.booleanNode(!value.asBoolean()), "", out);
        }
      }
      if (value instanceof ArrayNode array) {
        lists(object, array, of, at, out);
      }
    }
    if (value instanceof ObjectNode fields) {
      if (of.has("properties")) {
        fields(object, fields, of, at, out);
      } else if (!at.isRoot()) {
        maps(object, fields, of, at, out);
      }
    }
    String words = enumerated(value, of);
    eachChild(
        value,
        of,
        at,
        (child, childOf, place) -> walk(object, child, childOf, place, words, all, out));
  }

  /** The fields of an object that say what the others mean. */
  private static String enumerated(JsonNode value, JsonNode of) {
    StringBuilder words = new StringBuilder();
    of.path("properties")
        .forEachEntry((name, property) -> {
          boolean word = property.has("enum") || Set.of("type", "protocol").contains(name);
          if (word && value.has(name)) {
            words.append(' ').append(value.get(name));
          }
        });
    return words.toString();
  }

  private static void replace(
      JsonNode object, Place at, String what, JsonNode value, String edge, Consumer<Mutant> out) {
    out.accept(
        new Mutant(
            "%s: %s %s".formatted(at, what, value.toString().transform(Mutations::cut)),
            edge.isEmpty() ? "" : at.schema() + " " + edge,
            at.replaced(object, value)));
  }

  private static String cut(String text) {
    return text.substring(0, Math.min(60, text.length()));
  }

  private static void types(JsonNode object, Place at, Consumer<Mutant> out) {
    List<JsonNode> values =
        List.of(
            NODES.nullNode(),
            NODES.booleanNode(true),
            NODES.numberNode(7L),
            NODES.numberNode(1.5),
            NODES.stringNode("text"),
            NODES.arrayNode(),
            NODES.arrayNode().add("text"),
            NODES.arrayNode().add(NODES.objectNode()),
            NODES.objectNode(),
            NODES.objectNode().put("name", "text"));
    values.forEach(value -> replace(object, at, "becomes", value, "", out));
  }

  private void texts(
      JsonNode object,
      String value,
      JsonNode of,
      Place at,
      List<JsonNode> rules,
      Consumer<Mutant> out) {
    Consumer<String> one = text -> replace(object, at, "becomes", NODES.stringNode(text), "", out);
    // Fields of the same sort come again and again: one of them gets all texts.
    (thorough.add(List.of(of, rules)) ? TEXTS : SOME_TEXTS).forEach(one);
    Set<String> words = new LinkedHashSet<>();
    for (JsonNode rule : rules.stream().flatMap(JsonNode::valueStream).toList()) {
      Matcher literal = LITERAL.matcher(rule.get("rule").asString());
      while (literal.find()) {
        String word = literal.group(1) == null ? literal.group(2) : literal.group(1);
        words.addAll(List.of(word, "/a" + word, word + "b", "/a" + word + "b"));
      }
    }
    words.forEach(one);
    for (JsonNode allowed : of.path("enum")) {
      one.accept(allowed.asString());
      one.accept(allowed.asString().toLowerCase(java.util.Locale.ROOT));
      one.accept(allowed.asString() + "x");
    }
    if (of.has("enum")) {
      return;
    }
    for (String bound : List.of("minLength", "maxLength")) {
      if (of.has(bound)) {
        int length = of.get(bound).asInt();
        if (length == 0) {
          continue;
        }
        int beyond = bound.equals("minLength") ? length - 1 : length + 1;
        String kept = stretched(value, length, of);
        replace(object, at, bound + " kept", NODES.stringNode(kept), bound, out);
        if (beyond >= 0) {
          String broken = stretched(value, beyond, of);
          replace(object, at, bound + " broken", NODES.stringNode(broken), "", out);
        }
        String wide = "\uD83D\uDE00".repeat(length);
        replace(object, at, bound + " in characters", NODES.stringNode(wide), "", out);
      }
    }
  }

  /** A text of that length, if it can be so that it keeps the pattern. */
  private static String stretched(String value, int length, JsonNode of) {
    Pattern pattern = Pattern.compile(of.path("pattern").asString(""));
    List<Function<String, String>> ways = new ArrayList<>();
    ways.add(base -> base + "a".repeat(Math.max(0, length - base.length())));
    ways.add(base -> "a".repeat(Math.max(0, length - base.length())) + base);
    List<String> bases = new ArrayList<>(List.of(value));
    bases.addAll(TEXTS);
    for (String base : bases) {
      for (Function<String, String> way : ways) {
        String text = way.apply(base);
        if (text.length() == length && pattern.matcher(text).find()) {
          return text;
        }
      }
    }
    return "a".repeat(length);
  }

  private static void numbers(JsonNode object, JsonNode of, Place at, Consumer<Mutant> out) {
    Set<Long> numbers = new LinkedHashSet<>();
    numbers.addAll(List.of(-1L, 0L, 1L, 2L, 1L << 31, -(1L << 31) - 1, Long.MAX_VALUE));
    if (of.has("minimum")) {
      long minimum = of.get("minimum").asLong();
      numbers.add(minimum - 1);
      numbers.remove(minimum);
      replace(object, at, "minimum kept", NODES.numberNode(minimum), "minimum", out);
    }
    if (of.has("maximum")) {
      long maximum = of.get("maximum").asLong();
      numbers.add(maximum + 1);
      numbers.remove(maximum);
      replace(object, at, "maximum kept", NODES.numberNode(maximum), "maximum", out);
    } else if (of.path("format").asString("").equals("int32")) {
      replace(object, at, "int32 kept", NODES.numberNode((1L << 31) - 1), "int32", out);
    }
    of.path("enum").forEach(allowed -> numbers.add(allowed.asLong()));
    of.path("enum").forEach(allowed -> numbers.add(allowed.asLong() + 1));
    numbers.forEach(number -> replace(object, at, "becomes", NODES.numberNode(number), "", out));
  }

  private void fields(
      JsonNode object, ObjectNode value, JsonNode of, Place at, Consumer<Mutant> out) {
    value.forEachEntry((name, field) -> {
      if (of.get("properties").has(name)) {
        Place place = at.field(name);
        out.accept(new Mutant(place + ": removed", "", place.removed(object)));
      }
    });
    for (String stranger : List.of("wonderful", "Name", "spec")) {
      if (!value.has(stranger)) {
        add(object, at.field(stranger), NODES.stringNode("text"), out);
      }
    }
    of.get("properties")
        .forEachEntry((name, property) -> {
          Place place = at.field(name);
          if (!value.has(name)) {
            donors
                .getOrDefault(place.schema(), Set.of())
                .forEach(donor -> add(object, place, donor, out));
          } else if (property.path("type").asString("").equals("object")) {
            donors
                .getOrDefault(place.schema(), Set.of())
                .forEach(donor -> replace(object, place, "becomes", donor, "", out));
          }
        });
  }

  private static void add(JsonNode object, Place at, JsonNode value, Consumer<Mutant> out) {
    replace(object, at, "added", value, "", out);
  }

  private static void maps(
      JsonNode object, ObjectNode value, JsonNode of, Place at, Consumer<Mutant> out) {
    JsonNode any = value.isEmpty() ? NODES.stringNode("text") : value.iterator().next();
    Set<String> keys = new LinkedHashSet<>(TEXTS);
    for (int length : List.of(63, 64)) {
      keys.add("a".repeat(length));
      keys.add("a.b/" + "a".repeat(length));
    }
    for (int length : List.of(252, 253, 254)) {
      keys.add("a".repeat(length) + "/b");
    }
    for (String key : keys) {
      if (!value.has(key)) {
        add(object, at.key(key), any, out);
      }
    }
    if (of.has("maxProperties")) {
      int most = of.get("maxProperties").asInt();
      for (int size : List.of(most, most + 1)) {
        ObjectNode entries = NODES.objectNode();
        for (int i = 0; i < size; i++) {
          entries.set("key" + i, any);
        }
        replace(object, at, size + " entries", entries, size == most ? "maxProperties" : "", out);
      }
    }
  }

  private void lists(
      JsonNode object, ArrayNode value, JsonNode of, Place at, Consumer<Mutant> out) {
    replace(object, at, "emptied", NODES.arrayNode(), "", out);
    replace(object, at, "with null", value.deepCopy().addNull(), "", out);
    for (JsonNode donor : donors.getOrDefault(at.item(0).schema(), Set.of())) {
      replace(object, at, "with", value.deepCopy().add(donor), "", out);
    }
    for (int i = 0; i < value.size(); i++) {
      Place item = at.item(i);
      out.accept(new Mutant(item + ": removed", "", item.removed(object)));
      almostEqual(object, value, value.get(i), of, at, out);
    }
    if (!value.isEmpty()
        && done.add(at.schema() + " sizes" + enumerated(value.get(0), of.get("items")))) {
      sizes(object, value.get(0), of, at, out);
    }
  }

  /** An item twice, and twice with a difference. */
  private static void almostEqual(
      JsonNode object,
      ArrayNode value,
      JsonNode item,
      JsonNode of,
      Place at,
      Consumer<Mutant> out) {
    replace(object, at, "twice", value.deepCopy().add(item.deepCopy()), "", out);
    if (!(item instanceof ObjectNode fields)) {
      return;
    }
    List<ObjectNode> others = new ArrayList<>();
    fields.forEachEntry((name, field) -> {
      others.add(fields.deepCopy().without(name));
      if (field.isString()) {
        others.add(fields.deepCopy().put(name, field.asString() + "b"));
      } else if (field.isIntegralNumber()) {
        others.add(fields.deepCopy().put(name, field.asLong() + 1));
      }
    });
    // With another name it is another thing that may clash in the rest.
    if (of.path("items").path("properties").has("name") && fields.path("name").isString()) {
      for (ObjectNode other : List.copyOf(others)) {
        if (other.has("name")) {
          others.add(other.deepCopy().put("name", fields.get("name").asString() + "c"));
        }
      }
      others.add(fields.deepCopy().put("name", "other"));
    }
    for (ObjectNode other : others) {
      replace(object, at, "with " + cut(other.toString()), value.deepCopy().add(other), "", out);
    }
  }

  private static void sizes(
      JsonNode object, JsonNode item, JsonNode of, Place at, Consumer<Mutant> out) {
    for (String bound : List.of("minItems", "maxItems")) {
      if (of.has(bound)) {
        int size = of.get(bound).asInt();
        int beyond = bound.equals("minItems") ? size - 1 : size + 1;
        replace(object, at, bound + " kept", items(item, of, size), bound, out);
        replace(object, at, bound + " broken", items(item, of, beyond), "", out);
      }
    }
    // Lists within lists may be limited together.
    if (item instanceof ObjectNode fields) {
      of.get("items")
          .get("properties")
          .forEachEntry((name, inner) -> {
            if (fields.path(name).size() > 0 && inner.has("maxItems")) {
              int most = inner.get("maxItems").asInt();
              for (List<Integer> shape :
                  List.of(List.of(most, most), List.of(most, most, 1), List.of(most, most, most))) {
                ArrayNode grown = NODES.arrayNode();
                shape.forEach(size ->
                    grown.add(
                        NODES.objectNode().set(name, items(fields.get(name).get(0), inner, size))));
                replace(object, at, shape + " of " + name, grown, "", out);
              }
            }
          });
    }
  }

  /** That many items, as different as the limits of their fields let them be. */
  private static ArrayNode items(JsonNode item, JsonNode of, int size) {
    ArrayNode items = NODES.arrayNode();
    for (int i = 0; i < size; i++) {
      items.add(numbered(item, of.get("items"), i));
    }
    return items;
  }

  private static JsonNode numbered(JsonNode value, JsonNode of, int number) {
    if (of.has("enum")) {
      return of.get("enum").get(number % of.get("enum").size());
    } else if (value.isString()) {
      Pattern pattern = Pattern.compile(of.path("pattern").asString(""));
      for (String text : List.of(value.asString() + number, "n" + number + value.asString())) {
        if (pattern.matcher(text).find()) {
          return NODES.stringNode(text);
        }
      }
    } else if (value.isIntegralNumber()) {
      return NODES.numberNode(value.asLong() + number);
    } else if (value instanceof ObjectNode object) {
      ObjectNode copy = object.deepCopy();
      for (String name : List.of("name", "key", "hostname", "value", "namespace")) {
        JsonNode property = of.path("properties").path(name);
        if (copy.path(name).isString() && !property.has("enum")) {
          copy.set(name, numbered(copy.get(name), property, number));
        }
      }
      if (copy.path("port").isIntegralNumber()) {
        copy.set("port", numbered(copy.get("port"), of.get("properties").get("port"), number));
      }
      return copy;
    }
    return value;
  }
}
