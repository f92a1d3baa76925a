package dev.weir.proxy.observe;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.RequestHead;

/**
 * The access log's line for people: {@code time client "GET host/path HTTP/1.1" 200 1234B 1.042ms
 * route -> endpoint}, and for local replies the reason. For what was passed on as it came: {@code
 * time client TCP 12B in 345B out 42.000ms route -> endpoint}.
 */
final class TextLine implements AccessLog.LineFormat {
  private static final byte[] MILLIS = "ms".getBytes(US_ASCII);
  private static final byte[] ARROW = " -> ".getBytes(US_ASCII);
  private static final byte[] REASON = " reason=".getBytes(US_ASCII);
  private static final byte[] IN = "B in ".getBytes(US_ASCII);
  private static final byte[] OUT = "B out ".getBytes(US_ASCII);
  private static final byte[] NO_REQUEST = " \"-\" ".getBytes(US_ASCII);

  @Override
  public void exchange(LineBuilder line, Timestamp time, long epochMillis, CompletedExchange ex) {
    RequestHead request = ex.request();
    byte[] bytes = request.bytes();
    time.append(line, epochMillis);
    line.ascii(' ').escaped(ex.clientBytes(), ex.clientStart(), ex.clientEnd());
    line.ascii(' ').ascii('"');
    line.escaped(bytes, request.methodStart(), request.methodEnd()).ascii(' ');
    line.escaped(bytes, request.authorityStart(), request.authorityEnd());
    line.escaped(bytes, request.pathStart(), request.targetEnd()).ascii(' ');
    line.text(ex.connection().protocol().text()).ascii('"').ascii(' ');
    line.number(ex.status()).ascii(' ');
    line.number(ex.bytesSent()).ascii('B').ascii(' ');
    line.millis(ex.durationNanos()).ascii(MILLIS);
    String route = ex.route();
    if (route != null) {
      line.ascii(' ').text(route);
    }
    String endpoint = ex.endpoint();
    if (endpoint != null) {
      line.ascii(ARROW).text(endpoint);
    }
    Reason reason = ex.reason();
    if (reason != null) {
      line.ascii(REASON).text(reason.code());
    }
    Failure failure = ex.failure();
    if (failure != null) {
      line.ascii(' ').ascii('(').text(failure.detail()).ascii(')');
    }
    line.ascii('\n');
  }

  @Override
  public void rejected(
      LineBuilder line,
      Timestamp time,
      long epochMillis,
      String listener,
      String peer,
      Failure failure) {
    time.append(line, epochMillis);
    line.ascii(' ').text(peer).ascii(NO_REQUEST).number(failure.reason().status());
    line.ascii(' ').text(listener);
    line.ascii(REASON).text(failure.reason().code());
    line.ascii(' ').ascii('(').text(failure.detail()).ascii(')').ascii('\n');
  }

  @Override
  public void relay(LineBuilder line, Timestamp time, long epochMillis, CompletedRelay relay) {
    time.append(line, epochMillis);
    line.ascii(' ').text(relay.clientAddress()).ascii(' ').text(relay.protocol().text());
    String serverName = relay.serverName();
    if (serverName != null) {
      line.ascii(' ').text(serverName);
    }
    line.ascii(' ').number(relay.bytesReceived()).ascii(IN);
    line.number(relay.bytesSent()).ascii(OUT);
    line.millis(relay.durationNanos()).ascii(MILLIS);
    line.ascii(' ').text(relay.route());
    String endpoint = relay.endpoint();
    if (endpoint != null) {
      line.ascii(ARROW).text(endpoint);
    }
    Failure failure = relay.failure();
    if (failure != null) {
      line.ascii(REASON).text(failure.reason().code());
      line.ascii(' ').ascii('(').text(failure.detail()).ascii(')');
    }
    line.ascii('\n');
  }

  @Override
  public void refused(
      LineBuilder line,
      Timestamp time,
      long epochMillis,
      String listener,
      String peer,
      Failure failure) {
    time.append(line, epochMillis);
    line.ascii(' ').text(peer).ascii(' ').text(listener);
    line.ascii(REASON).text(failure.reason().code());
    line.ascii(' ').ascii('(').text(failure.detail()).ascii(')').ascii('\n');
  }
}
