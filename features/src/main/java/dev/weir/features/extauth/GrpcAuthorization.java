package dev.weir.features.extauth;

import dev.weir.core.filter.Call;
import dev.weir.core.filter.FilterExchange;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.core.wire.GrpcFrame;
import dev.weir.core.wire.MalformedMessage;
import dev.weir.core.wire.ProtoReader;
import dev.weir.core.wire.ProtoWriter;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks by gRPC: {@code envoy.service.auth.v3.Authorization/Check}. The numbers are those of Envoy's
 * {@code attribute_context.proto}.
 *
 * @param authority name of the service as it is told itself
 * @param shown fields that are shown, or null for all
 * @param bodyAsBytes whether the body is shown as bytes and not as text
 */
@SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
record GrpcAuthorization(
    String cluster, long nanos, byte[] authority, @Nullable NameMatch shown, boolean bodyAsBytes)
    implements Authorization {
  private static final byte[] POST = ascii("POST");
  private static final byte[] CHECK = ascii("/envoy.service.auth.v3.Authorization/Check");
  private static final byte[] GRPC = ascii("application/grpc");
  private static final byte[] TRAILERS = ascii("trailers");
  private static final byte[] AGENT = ascii("weir");
  private static final long MOST_MILLIS = 99_999_999; // grpc-timeout has eight digits

  @Override
  public Call question(FilterExchange exchange, byte @Nullable [] body, boolean whole) {
    RequestHead question = new RequestHead(new Fields(256));
    question.method(POST);
    question.authority(authority);
    question.target(CHECK);
    byte[] content = GrpcFrame.of(request(exchange, body, whole).toBytes());
    Fields fields = question.fields();
    fields.add(HeaderName.TE, TRAILERS);
    fields.add(HeaderName.CONTENT_TYPE, GRPC);
    fields.add(HeaderName.CONTENT_LENGTH, Integer.toString(content.length));
    fields.add(HeaderName.USER_AGENT, AGENT);
    long millis = Math.clamp(TimeUnit.NANOSECONDS.toMillis(nanos), 1, MOST_MILLIS);
    fields.add(HeaderName.GRPC_TIMEOUT, millis + "m");
    return new Call(cluster, question, content, nanos, MOST_ANSWER_BYTES);
  }

  private ProtoWriter request(FilterExchange exchange, byte @Nullable [] body, boolean whole) {
    long millis = exchange.epochMillis();
    ProtoWriter time =
        new ProtoWriter()
            .varint(1, Math.floorDiv(millis, 1000))
            .varint(2, Math.floorMod(millis, 1000) * 1_000_000L);
    ProtoWriter attributes =
        new ProtoWriter()
            .message(1, peer(exchange.clientAddress(), 0))
            .message(2, peer("", exchange.localPort()))
            .message(4, new ProtoWriter().message(1, time).message(2, http(exchange, body, whole)));
    return new ProtoWriter().message(1, attributes);
  }

  private static ProtoWriter peer(String address, int port) {
    ProtoWriter socket = new ProtoWriter().text(2, address).varint(3, port);
    return new ProtoWriter().message(1, new ProtoWriter().message(1, socket));
  }

  private ProtoWriter http(FilterExchange exchange, byte @Nullable [] body, boolean whole) {
    RequestHead request = exchange.request();
    String id = request.fields().first(HeaderName.X_REQUEST_ID);
    String scheme = request.https() ? "https" : "http";
    ProtoWriter http = new ProtoWriter();
    http.text(1, id == null ? "" : id).text(2, request.method());
    headers(request, scheme, body != null, whole)
        .forEach((name, value) -> http.entry(3, name, value));
    http.text(4, request.target())
        .text(5, request.authority())
        .text(6, scheme)
        .varint(9, body != null && whole ? body.length : announced(request.fields()))
        .text(10, exchange.protocol());
    if (body != null && bodyAsBytes) {
      http.bytes(12, body);
    } else if (body != null) {
      http.text(11, new String(body, StandardCharsets.UTF_8));
    }
    return http;
  }

  /** Length of the body if its head says so, else -1. */
  private static long announced(Fields fields) {
    String length = fields.first(HeaderName.CONTENT_LENGTH);
    return length == null ? -1 : Long.parseLong(length);
  }

  private Map<String, String> headers(
      RequestHead request, String scheme, boolean bodyShown, boolean whole) {
    Map<String, String> headers = new LinkedHashMap<>();
    show(headers, ":authority", request.authority());
    show(headers, ":method", request.method());
    show(headers, ":path", request.target());
    show(headers, ":scheme", scheme);
    Fields fields = request.fields();
    for (int i = 0; i < fields.slots(); i++) {
      if (fields.isLive(i)) {
        int start = fields.valueStart(i);
        String value =
            new String(fields.bytes(), start, fields.valueEnd(i) - start, StandardCharsets.UTF_8);
        show(headers, fields.name(i).toLowerCase(Locale.ROOT), value);
      }
    }
    if (bodyShown) {
      headers.put("x-envoy-auth-partial-body", whole ? "false" : "true");
    }
    return headers;
  }

  /** Values of one name are joined, cookies with their own separator (RFC 9113, section 8.2.3). */
  private void show(Map<String, String> headers, String name, String value) {
    if (shown == null || shown.matches(name)) {
      String separator = name.equals("cookie") ? "; " : ",";
      headers.merge(name, value, (before, more) -> before + separator + more);
    }
  }

  // --- the answer --------------------------------------------------------------------------------

  @Override
  public Verdict verdict(ResponseHead head, ByteBuf body, @Nullable Fields trailers) {
    Fields end = trailers == null ? head.fields() : trailers;
    String status = end.first(HeaderName.GRPC_STATUS);
    if (head.status() != 200 || status == null || !status.equals("0")) {
      return new Verdict.Unknown();
    }
    try {
      return CheckAnswer.verdict(new ProtoReader(GrpcFrame.single(body)));
    } catch (MalformedMessage e) {
      return new Verdict.Unknown();
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
