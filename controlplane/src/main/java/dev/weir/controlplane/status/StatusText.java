package dev.weir.controlplane.status;

import dev.weir.core.api.schema.JsonNames;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.representer.StandardRepresenter;
import tools.jackson.databind.json.JsonMapper;

/** Status as text, in the form in which it stands in objects. */
public final class StatusText {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Texts that readers of YAML 1.1, Kubernetes among them, take for something else. */
  private static final Pattern NO_PLAIN_TEXT =
      Pattern.compile("(?i)true|false|yes|no|on|off|null|~|[-+.\\d].*");

  private StatusText() {}

  /** Puts quotes around texts that must not lose them. */
  private static final class QuotingRepresenter extends StandardRepresenter {
    QuotingRepresenter(DumpSettings settings) {
      super(settings);
    }

    @Override
    protected Node representScalar(Tag tag, String value, ScalarStyle style) {
      boolean quote = tag.equals(Tag.STR) && NO_PLAIN_TEXT.matcher(value).matches();
      return super.representScalar(tag, value, quote ? ScalarStyle.DOUBLE_QUOTED : style);
    }
  }

  /** A stream of YAML documents, each with version, kind, name and status of one object. */
  public static String yaml(List<ObjectStatus> statuses) {
    DumpSettings settings =
        DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setExplicitStart(true)
            .setSplitLines(false)
            .setIndicatorIndent(0)
            .build();
    return new Dump(settings, new QuotingRepresenter(settings))
        .dumpAllToString(statuses.stream().map(StatusText::document).iterator());
  }

  /** A JSON array of objects with version, kind, name and status each. */
  public static String json(List<ObjectStatus> statuses) {
    return JSON.writerWithDefaultPrettyPrinter()
        .writeValueAsString(statuses.stream().map(StatusText::document).toList());
  }

  /** Version, kind, name and status of one object, as maps, lists, texts and numbers. */
  public static Map<String, Object> document(ObjectStatus status) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    if (!status.object().namespace().isEmpty()) {
      metadata.put("namespace", status.object().namespace());
    }
    metadata.put("name", status.object().name());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("apiVersion", status.kind().apiVersion());
    document.put("kind", status.kind().kind());
    document.put("metadata", metadata);
    document.put("status", record(status.content()));
    return document;
  }

  private static Map<String, Object> record(Record content) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (RecordComponent component : content.getClass().getRecordComponents()) {
      Object value = plain(get(component, content));
      if (value != null) {
        fields.put(JsonNames.of(component), value);
      }
    }
    return fields;
  }

  private static @Nullable Object get(RecordComponent component, Record content) {
    try {
      return component.getAccessor().invoke(content);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("records of the API have public accessors", e);
    }
  }

  private static @Nullable Object plain(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case Record content -> record(content);
      case Enum<?> constant -> JsonNames.of(constant);
      case Instant time -> time.toString();
      case List<?> list -> list(list);
      default -> value;
    };
  }

  private static List<Object> list(List<?> list) {
    List<Object> plain = new ArrayList<>();
    for (Object element : list) {
      Object value = plain(element);
      if (value != null) {
        plain.add(value);
      }
    }
    return plain;
  }
}
