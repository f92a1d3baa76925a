package dev.weir.features.extauth;

import dev.weir.core.http.FieldEdit;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.Token;
import dev.weir.core.wire.MalformedMessage;
import dev.weir.core.wire.ProtoReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code envoy.service.auth.v3.CheckResponse}. The numbers are those of Envoy's {@code
 * external_auth.proto} and {@code base.proto}. Metadata is not used.
 */
final class CheckAnswer {
  private static final byte[] NOTHING = {};

  private CheckAnswer() {}

  static Verdict verdict(ProtoReader answer) throws MalformedMessage {
    long code = 0;
    Verdict.Denied denied = new Verdict.Denied(403, new Fields(0), NOTHING);
    Verdict.Allowed allowed = new Verdict.Allowed(List.of(), QueryEdit.NONE, List.of());
    boolean failed = false;
    while (answer.next()) {
      switch (answer.field()) {
        case 1 -> code = code(answer.message());
        case 2 -> denied = denied(answer.message());
        case 3 -> allowed = allowed(answer.message());
        // Of newer versions: the service says that it has failed itself.
        case 5 -> failed = true;
        default -> {}
      }
    }
    if (failed) {
      return new Verdict.Unknown();
    }
    return code == 0 ? allowed : denied;
  }

  /** Of a google.rpc.Status or an envoy.type.v3.HttpStatus, which look alike. */
  private static long code(ProtoReader status) throws MalformedMessage {
    long code = 0;
    while (status.next()) {
      if (status.field() == 1) {
        code = status.varint();
      }
    }
    return code;
  }

  private static Verdict.Denied denied(ProtoReader denied) throws MalformedMessage {
    long status = 403;
    Fields fields = new Fields(128);
    byte[] body = NOTHING;
    while (denied.next()) {
      switch (denied.field()) {
        case 1 -> status = code(denied.message());
        case 2 -> addTo(edit(denied.message()), fields);
        case 3 -> body = denied.bytes();
        default -> {}
      }
    }
    boolean valid = status >= 200 && status <= 599;
    return new Verdict.Denied(valid ? (int) status : 403, fields, body);
  }

  private static void addTo(@Nullable FieldEdit edit, Fields fields) {
    if (edit != null) {
      edit.apply(fields);
    }
  }

  private static Verdict.Allowed allowed(ProtoReader allowed) throws MalformedMessage {
    List<FieldEdit> set = new ArrayList<>();
    List<FieldEdit> removed = new ArrayList<>();
    List<FieldEdit> response = new ArrayList<>();
    Map<String, String> parameters = new LinkedHashMap<>();
    List<String> removedParameters = new ArrayList<>();
    while (allowed.next()) {
      switch (allowed.field()) {
        case 2 -> addTo(edit(allowed.message()), set);
        case 5 -> {
          HeaderName name = changeable(allowed.text());
          if (name != null) {
            removed.add(new FieldEdit.Remove(name));
          }
        }
        case 6 -> addTo(edit(allowed.message()), response);
        case 7 -> parameter(allowed.message(), parameters);
        case 8 -> removedParameters.add(allowed.text());
        default -> {}
      }
    }
    // As Envoy: what is set and removed is gone.
    set.addAll(removed);
    return new Verdict.Allowed(set, new QueryEdit(parameters, removedParameters), response);
  }

  private static void addTo(@Nullable FieldEdit edit, List<FieldEdit> edits) {
    if (edit != null) {
      edits.add(edit);
    }
  }

  private static void parameter(ProtoReader parameter, Map<String, String> out)
      throws MalformedMessage {
    String key = "";
    String value = "";
    while (parameter.next()) {
      switch (parameter.field()) {
        case 1 -> key = parameter.text();
        case 2 -> value = parameter.text();
        default -> {}
      }
    }
    out.put(key, value);
  }

  /**
   * A HeaderValueOption. Here it replaces what there is unless it says {@code append}, or, without
   * that, another action.
   *
   * @return null if it is about a field that is not changed this way
   */
  private static @Nullable FieldEdit edit(ProtoReader option) throws MalformedMessage {
    String name = "";
    byte[] value = NOTHING;
    boolean append = false;
    long action = 0;
    while (option.next()) {
      switch (option.field()) {
        case 1 -> {
          ProtoReader header = option.message();
          while (header.next()) {
            switch (header.field()) {
              case 1 -> name = header.text();
              case 2, 3 -> value = header.bytes();
              default -> {}
            }
          }
        }
        case 2 -> append = code(option.message()) != 0;
        case 3 -> action = option.varint();
        default -> {}
      }
    }
    checkValue(value);
    HeaderName header = changeable(name);
    if (header == null) {
      return null;
    }
    if (append) {
      return new FieldEdit.Add(header, value);
    }
    return switch ((int) action) {
      case 1 -> new FieldEdit.AddIfAbsent(header, value);
      case 3 -> new FieldEdit.SetIfPresent(header, value);
      default -> new FieldEdit.Set(header, value);
    };
  }

  private static void checkValue(byte[] value) throws MalformedMessage {
    for (byte b : value) {
      if (!Token.isFieldValueChar(b)) {
        throw new MalformedMessage("a control character in a field");
      }
    }
  }

  /** Null for what says where a message goes or ends: the service does not decide about that. */
  private static @Nullable HeaderName changeable(String name) throws MalformedMessage {
    if (name.startsWith(":")) {
      return null;
    }
    try {
      HeaderName header = HeaderName.of(name);
      return HeaderName.isFraming(header.id()) || header.equals(HeaderName.HOST) ? null : header;
    } catch (IllegalArgumentException notAToken) {
      throw new MalformedMessage("no name of a field");
    }
  }
}
