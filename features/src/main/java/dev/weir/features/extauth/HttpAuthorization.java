package dev.weir.features.extauth;

import dev.weir.core.filter.Call;
import dev.weir.core.filter.FilterExchange;
import dev.weir.core.http.FieldEdit;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks by HTTP: the same method, host and path, few fields; 200 lets the request pass, any other
 * status is the answer to the client.
 *
 * @param pathPrefix put before the request's path
 * @param shown fields that are shown besides {@code Authorization}
 * @param taken fields of the answer that the backend gets instead of the client's
 * @param refused fields of the answer that it does not get nevertheless
 */
@SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
record HttpAuthorization(
    String cluster,
    long nanos,
    byte[] pathPrefix,
    NameMatch shown,
    NameMatch taken,
    NameMatch refused)
    implements Authorization {
  private static final HeaderName PARTIAL_BODY = HeaderName.of("x-envoy-auth-partial-body");
  private static final byte[] NOTHING = {};

  @Override
  public Call question(FilterExchange exchange, byte @Nullable [] body, boolean whole) {
    RequestHead request = exchange.request();
    byte[] bytes = request.bytes();
    byte[] content = body == null ? NOTHING : body;
    RequestHead question = new RequestHead(new Fields(256));
    question.method(Arrays.copyOfRange(bytes, request.methodStart(), request.methodEnd()));
    question.authority(Arrays.copyOfRange(bytes, request.authorityStart(), request.authorityEnd()));
    question.target(target(request));
    question.https(request.https());
    Fields from = request.fields();
    for (int i = 0; i < from.slots(); i++) {
      if (from.isLive(i) && isShown(from, i)) {
        int name = from.nameStart(i);
        int value = from.valueStart(i);
        question
            .fields()
            .add(bytes, name, from.nameEnd(i) - name, bytes, value, from.valueEnd(i) - value);
      }
    }
    if (body != null) {
      question.fields().set(PARTIAL_BODY, whole ? "false" : "true");
    }
    question.fields().add(HeaderName.CONTENT_LENGTH, Integer.toString(content.length));
    return new Call(cluster, question, content, nanos, MOST_ANSWER_BYTES);
  }

  private byte[] target(RequestHead request) {
    int length = request.targetEnd() - request.pathStart();
    byte[] target = Arrays.copyOf(pathPrefix, pathPrefix.length + length);
    System.arraycopy(request.bytes(), request.pathStart(), target, pathPrefix.length, length);
    return target;
  }

  private boolean isShown(Fields fields, int index) {
    int id = fields.id(index);
    return id == HeaderName.AUTHORIZATION.id()
        || (!HeaderName.isFraming(id)
            && id != HeaderName.EXPECT.id()
            && shown.matches(lowerName(fields, index)));
  }

  private static String lowerName(Fields fields, int index) {
    return fields.name(index).toLowerCase(Locale.ROOT);
  }

  // --- the answer --------------------------------------------------------------------------------

  @Override
  public Verdict verdict(ResponseHead head, ByteBuf body, @Nullable Fields trailers) {
    int status = head.status();
    if (status == 200) {
      return new Verdict.Allowed(request(head.fields()), QueryEdit.NONE, List.of());
    }
    if (status >= 500) {
      return new Verdict.Unknown();
    }
    if (status < 300 || status == 304) {
      // It is no consent, and must not look like one.
      return new Verdict.Denied(403, new Fields(0), NOTHING);
    }
    byte[] content = new byte[body.readableBytes()];
    body.getBytes(body.readerIndex(), content);
    return new Verdict.Denied(status, reply(head.fields()), content);
  }

  /**
   * The backend gets what the service says. What only the service may say, because it is listed by
   * name, the client must not say in its place.
   */
  private List<FieldEdit> request(Fields answer) {
    List<FieldEdit> edits = new ArrayList<>();
    for (String name : taken.names()) {
      HeaderName header = HeaderName.of(name);
      if (isOfRequest(header.id(), name)) {
        edits.add(new FieldEdit.Remove(header));
      }
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < answer.slots(); i++) {
      if (!answer.isLive(i)) {
        continue;
      }
      String name = lowerName(answer, i);
      if (isOfRequest(answer.id(i), name) && taken.matches(name) && !refused.matches(name)) {
        HeaderName header = HeaderName.of(name);
        byte[] value = value(answer, i);
        edits.add(
            seen.add(name) ? new FieldEdit.Set(header, value) : new FieldEdit.Add(header, value));
      }
    }
    return edits;
  }

  private static boolean isOfRequest(int id, String name) {
    return !HeaderName.isFraming(id) && id != HeaderName.HOST.id() && !name.startsWith(":");
  }

  private static Fields reply(Fields answer) {
    Fields fields = new Fields(answer.length());
    for (int i = 0; i < answer.slots(); i++) {
      int id = answer.isLive(i) ? answer.id(i) : HeaderName.CONTENT_LENGTH.id();
      if (!HeaderName.isFraming(id) && id != HeaderName.HOST.id()) {
        int name = answer.nameStart(i);
        int value = answer.valueStart(i);
        byte[] bytes = answer.bytes();
        fields.add(bytes, name, answer.nameEnd(i) - name, bytes, value, answer.valueEnd(i) - value);
      }
    }
    return fields;
  }

  private static byte[] value(Fields fields, int index) {
    return Arrays.copyOfRange(fields.bytes(), fields.valueStart(index), fields.valueEnd(index));
  }
}
