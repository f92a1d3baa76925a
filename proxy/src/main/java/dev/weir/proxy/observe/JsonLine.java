package dev.weir.proxy.observe;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import org.jspecify.annotations.Nullable;

/** The access log's line as a JSON object; absent values are left out. */
final class JsonLine implements AccessLog.LineFormat {
  private static final byte[] TIME = "{\"time\":\"".getBytes(US_ASCII);
  private static final byte[] END = "}\n".getBytes(US_ASCII);

  private static final byte[] CLIENT = key("client");
  private static final byte[] LISTENER = key("listener");
  private static final byte[] PROTOCOL = key("protocol");
  private static final byte[] METHOD = key("method");
  private static final byte[] HOST = key("host");
  private static final byte[] PATH = key("path");
  private static final byte[] STATUS = number("status");
  private static final byte[] GRPC_STATUS = number("grpcStatus");
  private static final byte[] REASON = key("reason");
  private static final byte[] DETAIL = key("detail");
  private static final byte[] ROUTE = key("route");
  private static final byte[] CLUSTER = key("cluster");
  private static final byte[] ENDPOINT = key("endpoint");
  private static final byte[] ATTEMPTS = number("attempts");
  private static final byte[] RECEIVED = number("bytesReceived");
  private static final byte[] SENT = number("bytesSent");
  private static final byte[] DURATION = number("durationMs");
  private static final byte[] UPSTREAM = number("upstreamMs");
  private static final byte[] SERVER_NAME = key("serverName");
  private static final byte[] DATAGRAMS_RECEIVED = number("datagramsReceived");
  private static final byte[] DATAGRAMS_SENT = number("datagramsSent");
  private static final byte[] CONNECT = number("connectMs");
  private static final byte[] REQUEST_ID = key("requestId");
  private static final byte[] USER_AGENT = key("userAgent");

  private static byte[] key(String name) {
    return (",\"" + name + "\":\"").getBytes(US_ASCII);
  }

  private static byte[] number(String name) {
    return (",\"" + name + "\":").getBytes(US_ASCII);
  }

  @Override
  public void exchange(LineBuilder line, Timestamp time, long epochMillis, CompletedExchange ex) {
    RequestHead request = ex.request();
    byte[] bytes = request.bytes();
    line.ascii(TIME);
    time.append(line, epochMillis);
    line.ascii('"');
    range(line, CLIENT, ex.clientBytes(), ex.clientStart(), ex.clientEnd());
    string(line, LISTENER, ex.listener());
    string(line, PROTOCOL, ex.connection().protocol().text());
    range(line, METHOD, bytes, request.methodStart(), request.methodEnd());
    range(line, HOST, bytes, request.authorityStart(), request.authorityEnd());
    range(line, PATH, bytes, request.pathStart(), request.targetEnd());
    line.ascii(STATUS).number(ex.status());
    if (ex.grpcStatus() >= 0) {
      line.ascii(GRPC_STATUS).number(ex.grpcStatus());
    }
    Reason reason = ex.reason();
    if (reason != null) {
      string(line, REASON, reason.code());
    }
    Failure failure = ex.failure();
    if (failure != null) {
      string(line, DETAIL, failure.detail());
    }
    string(line, ROUTE, ex.route());
    string(line, CLUSTER, ex.cluster());
    string(line, ENDPOINT, ex.endpoint());
    line.ascii(ATTEMPTS).number(ex.attempts());
    line.ascii(RECEIVED).number(ex.bytesReceived());
    line.ascii(SENT).number(ex.bytesSent());
    line.ascii(DURATION).millis(ex.durationNanos());
    if (ex.upstreamNanos() >= 0) {
      line.ascii(UPSTREAM).millis(ex.upstreamNanos());
    }
    field(line, REQUEST_ID, request.fields(), HeaderName.X_REQUEST_ID);
    field(line, USER_AGENT, request.fields(), HeaderName.USER_AGENT);
    line.ascii(END);
  }

  @Override
  public void rejected(
      LineBuilder line,
      Timestamp time,
      long epochMillis,
      String listener,
      String peer,
      Failure failure) {
    line.ascii(TIME);
    time.append(line, epochMillis);
    line.ascii('"');
    string(line, CLIENT, peer);
    string(line, LISTENER, listener);
    line.ascii(STATUS).number(failure.reason().status());
    string(line, REASON, failure.reason().code());
    string(line, DETAIL, failure.detail());
    line.ascii(END);
  }

  @Override
  public void relay(LineBuilder line, Timestamp time, long epochMillis, CompletedRelay relay) {
    line.ascii(TIME);
    time.append(line, epochMillis);
    line.ascii('"');
    string(line, CLIENT, relay.clientAddress());
    string(line, LISTENER, relay.listener());
    string(line, PROTOCOL, relay.protocol().text());
    string(line, SERVER_NAME, relay.serverName());
    Reason reason = relay.reason();
    if (reason != null) {
      string(line, REASON, reason.code());
    }
    Failure failure = relay.failure();
    if (failure != null) {
      string(line, DETAIL, failure.detail());
    }
    string(line, ROUTE, relay.route());
    string(line, CLUSTER, relay.cluster());
    string(line, ENDPOINT, relay.endpoint());
    line.ascii(ATTEMPTS).number(relay.attempts());
    line.ascii(RECEIVED).number(relay.bytesReceived());
    line.ascii(SENT).number(relay.bytesSent());
    if (relay.protocol() == CompletedRelay.Protocol.UDP) {
      line.ascii(DATAGRAMS_RECEIVED).number(relay.datagramsReceived());
      line.ascii(DATAGRAMS_SENT).number(relay.datagramsSent());
    }
    line.ascii(DURATION).millis(relay.durationNanos());
    if (relay.connectNanos() >= 0) {
      line.ascii(CONNECT).millis(relay.connectNanos());
    }
    line.ascii(END);
  }

  @Override
  public void refused(
      LineBuilder line,
      Timestamp time,
      long epochMillis,
      String listener,
      String peer,
      Failure failure) {
    line.ascii(TIME);
    time.append(line, epochMillis);
    line.ascii('"');
    string(line, CLIENT, peer);
    string(line, LISTENER, listener);
    string(line, REASON, failure.reason().code());
    string(line, DETAIL, failure.detail());
    line.ascii(END);
  }

  private static void string(LineBuilder line, byte[] key, @Nullable String value) {
    if (value != null) {
      line.ascii(key).text(value).ascii('"');
    }
  }

  private static void range(LineBuilder line, byte[] key, byte[] bytes, int start, int end) {
    line.ascii(key).escaped(bytes, start, end).ascii('"');
  }

  private static void field(LineBuilder line, byte[] key, Fields fields, HeaderName name) {
    int index = fields.indexOf(name);
    if (index >= 0) {
      range(line, key, fields.bytes(), fields.valueStart(index), fields.valueEnd(index));
    }
  }
}
