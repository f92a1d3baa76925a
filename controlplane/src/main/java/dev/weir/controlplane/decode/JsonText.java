package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.DocumentReader.Unreadable;
import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.controlplane.decode.Tree.Scalar;
import dev.weir.controlplane.decode.Tree.Sequence;
import dev.weir.controlplane.decode.Tree.Sort;
import dev.weir.core.api.JsonObject;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Trees from JSON and to JSON. */
public final class JsonText {
  private static final JsonFactory FACTORY = new JsonFactory();

  private JsonText() {}

  /** The one value of a text; none if it is blank. */
  static List<Tree> parse(String text) throws Unreadable {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() == null) {
        return List.of();
      }
      Tree root = value(parser, 0);
      if (parser.nextToken() != null) {
        throw new Unreadable("Syntax", "text after the end of the object", line(parser));
      }
      return root.isNull() ? List.of() : List.of(root);
    } catch (JacksonException e) {
      int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
      throw new Unreadable("Syntax", "not valid JSON: " + e.getOriginalMessage(), line);
    }
  }

  /** The tree of an object that was decoded. */
  public static Tree tree(JsonObject object) {
    try {
      return parse(object.json()).getFirst();
    } catch (Unreadable e) {
      throw new IllegalArgumentException("not JSON: " + object.json(), e);
    }
  }

  private static Tree value(JsonParser parser, int depth) throws Unreadable {
    int line = line(parser);
    if (depth > DocumentReader.MAX_DEPTH) {
      throw new Unreadable(
          "TooDeep", "nested more than %d levels".formatted(DocumentReader.MAX_DEPTH), line);
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        List<Entry> entries = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String key = parser.currentName();
          int keyLine = line(parser);
          parser.nextToken();
          entries.add(new Entry(key, keyLine, value(parser, depth + 1)));
        }
        yield new Mapping(entries, line);
      }
      case START_ARRAY -> {
        List<Tree> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          items.add(value(parser, depth + 1));
        }
        yield new Sequence(items, line);
      }
      case VALUE_STRING -> new Scalar(parser.getString(), Sort.STRING, line);
      case VALUE_NUMBER_INT -> new Scalar(parser.getString(), Sort.INTEGER, line);
      case VALUE_NUMBER_FLOAT -> new Scalar(parser.getString(), Sort.DECIMAL, line);
      case VALUE_TRUE, VALUE_FALSE -> new Scalar(parser.getString(), Sort.BOOLEAN, line);
      case VALUE_NULL -> new Scalar("", Sort.NULL, line);
      default -> throw new Unreadable("Syntax", "not valid JSON", line);
    };
  }

  private static int line(JsonParser parser) {
    return parser.currentTokenLocation().getLineNr();
  }

  /** The tree as JSON, which is YAML as well. */
  public static String write(Tree tree) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
      write(tree, out);
    }
    return text.toString();
  }

  private static void write(Tree tree, JsonGenerator out) {
    switch (tree) {
      case Mapping mapping -> {
        out.writeStartObject();
        for (Entry entry : mapping.entries()) {
          out.writeName(entry.key());
          write(entry.value(), out);
        }
        out.writeEndObject();
      }
      case Sequence sequence -> {
        out.writeStartArray();
        sequence.items().forEach(item -> write(item, out));
        out.writeEndArray();
      }
      case Scalar scalar -> {
        switch (scalar.sort()) {
          case STRING -> out.writeString(scalar.text());
          case NULL -> out.writeNull();
          case BOOLEAN -> out.writeBoolean(Boolean.parseBoolean(scalar.text()));
          case INTEGER, DECIMAL -> out.writeRawValue(scalar.text());
        }
      }
    }
  }
}
