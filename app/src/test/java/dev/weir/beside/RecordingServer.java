package dev.weir.beside;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The JDK's HTTP server: notes what it is asked, and answers as it is told. */
final class RecordingServer implements AutoCloseable {
  /** A request as the server got it. */
  @SuppressWarnings("ArrayRecordComponent") // looked at, never compared
  record Seen(String method, String target, Headers headers, byte[] body) {}

  /** The answer to a request whose body was read. */
  interface Answer {
    void to(Seen request, HttpExchange exchange) throws IOException;
  }

  private final HttpServer server;
  final BlockingQueue<Seen> requests = new LinkedBlockingQueue<>();

  private RecordingServer(HttpServer server) {
    this.server = server;
  }

  static RecordingServer start(Answer answer) throws IOException {
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
    RecordingServer server = new RecordingServer(http);
    HttpHandler handler =
        exchange -> {
          Seen seen =
              new Seen(
                  exchange.getRequestMethod(),
                  exchange.getRequestURI().toString(),
                  exchange.getRequestHeaders(),
                  exchange.getRequestBody().readAllBytes());
          server.requests.add(seen);
          answer.to(seen, exchange);
          exchange.close();
        };
    http.createContext("/", handler);
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.start();
    return server;
  }

  /** Answers everything with this status, body and these fields. */
  static RecordingServer answering(int status, String body, Map<String, String> fields)
      throws IOException {
    return start((request, exchange) -> reply(exchange, status, body, fields));
  }

  static void reply(HttpExchange exchange, int status, String body, Map<String, String> fields)
      throws IOException {
    fields.forEach(exchange.getResponseHeaders()::add);
    exchange.sendResponseHeaders(status, body.isEmpty() ? -1 : body.length());
    exchange.getResponseBody().write(body.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  /** The next request. */
  Seen next() throws InterruptedException {
    Seen next = requests.poll(10, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("no request came");
    }
    return next;
  }

  InetSocketAddress address() {
    return server.getAddress();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
