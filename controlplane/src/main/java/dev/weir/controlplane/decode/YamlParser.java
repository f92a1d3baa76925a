package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.DocumentReader.Unreadable;
import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.controlplane.decode.Tree.Scalar;
import dev.weir.controlplane.decode.Tree.Sequence;
import dev.weir.controlplane.decode.Tree.Sort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * YAML 1.2 (core schema) and the merge key {@code <<} of YAML 1.1, from parser events, so that
 * depth and size are bounded while reading.
 */
final class YamlParser {
  private static final LoadSettings SETTINGS =
      LoadSettings.builder().setCodePointLimit(DocumentReader.MAX_BYTES).build();
  private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+");
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
  private static final Pattern NOT_FINITE =
      Pattern.compile("[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
  private static final String TAGS = "tag:yaml.org,2002:";

  /** A value and how many values it holds, itself and what aliases repeat included. */
  private record Counted(Tree tree, int size) {}

  private final Iterator<Event> events;
  private final int firstLine;
  private final Map<Anchor, Counted> anchors = new HashMap<>();
  private int values;

  private YamlParser(Iterator<Event> events, int firstLine) {
    this.events = events;
    this.firstLine = firstLine;
  }

  /**
   * The documents of a text, without empty ones.
   *
   * @param firstLine line of the file at which the text begins
   */
  static List<Tree> parse(String text, int firstLine) throws Unreadable {
    try {
      YamlParser parser =
          new YamlParser(new Parse(SETTINGS).parseString(text).iterator(), firstLine);
      return parser.documents();
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().or(e::getContextMark).map(Mark::getLine).orElse(0);
      String context = e.getContext() == null ? "" : " " + e.getContext();
      throw new Unreadable(
          "Syntax", "not valid YAML: " + e.getProblem() + context, firstLine + line);
    } catch (YamlEngineException e) {
      throw new Unreadable("Syntax", "not valid YAML: " + e.getMessage(), firstLine);
    }
  }

  /** The value of a text that is known to be good. */
  static Tree constant(String text) {
    try {
      return parse(text, 1).getFirst();
    } catch (Unreadable e) {
      throw new IllegalStateException(e.what, e);
    }
  }

  private List<Tree> documents() throws Unreadable {
    List<Tree> roots = new ArrayList<>();
    while (events.hasNext()) {
      if (events.next().getEventId() == Event.ID.DocumentStart) {
        anchors.clear();
        values = 0;
        Tree root = value(events.next(), 0).tree;
        if (!root.isNull()) {
          roots.add(root);
        }
      }
    }
    return roots;
  }

  private Counted value(Event event, int depth) throws Unreadable {
    int line = line(event);
    if (depth > DocumentReader.MAX_DEPTH) {
      throw new Unreadable(
          "TooDeep", "nested more than %d levels".formatted(DocumentReader.MAX_DEPTH), line);
    }
    if (event instanceof AliasEvent alias) {
      Counted target = anchors.get(alias.getAlias());
      if (target == null) {
        throw new Unreadable(
            "Syntax", "*" + alias.getAlias() + " refers to nothing before it", line);
      }
      count(target.size, line);
      return target;
    }
    int before = values;
    count(1, line);
    Tree tree =
        switch (event.getEventId()) {
          case Scalar -> scalar((ScalarEvent) event, line);
          case SequenceStart -> sequence(line, depth);
          case MappingStart -> mapping(line, depth);
          default -> throw new Unreadable("Syntax", "not valid YAML: " + event, line);
        };
    if (event instanceof CollectionStartEvent start) {
      checkTag(start.getTag().orElse(""), line);
    }
    Counted counted = new Counted(tree, values - before);
    ((NodeEvent) event).getAnchor().ifPresent(anchor -> anchors.put(anchor, counted));
    return counted;
  }

  private void count(int more, int line) throws Unreadable {
    values += more;
    if (values > DocumentReader.MAX_VALUES) {
      throw new Unreadable(
          "TooLarge",
          "more than %d values once aliases are followed".formatted(DocumentReader.MAX_VALUES),
          line);
    }
  }

  private Sequence sequence(int line, int depth) throws Unreadable {
    List<Tree> items = new ArrayList<>();
    for (Event event = events.next();
        event.getEventId() != Event.ID.SequenceEnd;
        event = events.next()) {
      items.add(value(event, depth + 1).tree);
    }
    return new Sequence(items, line);
  }

  private Mapping mapping(int line, int depth) throws Unreadable {
    List<Entry> entries = new ArrayList<>();
    List<Tree> merged = new ArrayList<>();
    for (Event event = events.next();
        event.getEventId() != Event.ID.MappingEnd;
        event = events.next()) {
      int keyLine = line(event);
      boolean plain = event instanceof ScalarEvent scalar && scalar.isPlain();
      if (!(value(event, depth + 1).tree instanceof Scalar key)) {
        throw new Unreadable("Syntax", "a key must be a simple word", keyLine);
      }
      Tree value = value(events.next(), depth + 1).tree;
      if (plain && key.text().equals("<<")) {
        merged.add(value);
      } else {
        entries.add(new Entry(key.text(), keyLine, value));
      }
    }
    for (Tree source : merged) {
      merge(source, entries);
    }
    return new Mapping(entries, line);
  }

  private static void merge(Tree source, List<Entry> entries) throws Unreadable {
    switch (source) {
      case Mapping mapping -> {
        Set<String> own = new HashSet<>();
        entries.forEach(entry -> own.add(entry.key()));
        mapping.entries().stream()
            .filter(entry -> !own.contains(entry.key()))
            .forEach(entries::add);
      }
      case Sequence sequence -> {
        for (Tree item : sequence.items()) {
          merge(item, entries);
        }
      }
      case Scalar scalar ->
          throw new Unreadable("Syntax", "<< needs a mapping or a list of them", scalar.line());
    }
  }

  private Scalar scalar(ScalarEvent event, int line) throws Unreadable {
    String text = event.getValue();
    String tag = event.getTag().orElse("");
    checkTag(tag, line);
    if (tag.isEmpty()) {
      return new Scalar(text, event.isPlain() ? sort(text) : Sort.STRING, line);
    }
    Sort sort = tag.equals(TAGS + "str") || tag.equals("!") ? Sort.STRING : sort(text);
    return new Scalar(text, sort, line);
  }

  private static void checkTag(String tag, int line) throws Unreadable {
    if (!tag.isEmpty() && !tag.equals("!") && !tag.startsWith(TAGS)) {
      throw new Unreadable("Syntax", "the tag " + tag + " means nothing here: remove it", line);
    }
  }

  private static Sort sort(String text) {
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> Sort.NULL;
      case "true", "True", "TRUE", "false", "False", "FALSE" -> Sort.BOOLEAN;
      default -> {
        if (INTEGER.matcher(text).matches()) {
          yield Sort.INTEGER;
        }
        boolean decimal = DECIMAL.matcher(text).matches() || NOT_FINITE.matcher(text).matches();
        yield decimal ? Sort.DECIMAL : Sort.STRING;
      }
    };
  }

  static boolean isInteger(String text) {
    return INTEGER.matcher(text).matches();
  }

  private int line(Event event) {
    return firstLine + event.getStartMark().map(Mark::getLine).orElse(0);
  }
}
