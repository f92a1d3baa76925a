package dev.weir.proxy.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.weir.proxy.admin.AdminPage.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the admin pages. They tell much, so it listens on loopback unless told otherwise, and
 * refuses requests whose Host is a name: a browser that was led here by DNS rebinding sends one.
 * What does something (POST) answers only to this machine, wherever it listens: probes and scrapes
 * may come from elsewhere, an order to drain may not.
 */
public final class AdminServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, AdminPage> pages = new HashMap<>();

  private AdminServer(HttpServer server, List<AdminPage> pages) {
    this.server = server;
    pages.forEach(page -> this.pages.put(page.path(), page));
  }

  /**
   * Starts serving.
   *
   * @throws IOException if the address cannot be bound
   */
  public static AdminServer start(InetSocketAddress address, List<AdminPage> pages)
      throws IOException {
    HttpServer http = HttpServer.create(address, 0);
    AdminServer admin = new AdminServer(http, pages);
    http.setExecutor(admin.threads);
    http.createContext("/", admin::answer);
    http.start();
    return admin;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Answer answer = answered(exchange);
      exchange.getResponseHeaders().set("Content-Type", answer.contentType());
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(
          answer.status(), head || answer.body().length == 0 ? -1 : answer.body().length);
      if (!head) {
        exchange.getResponseBody().write(answer.body());
      }
    }
  }

  private Answer answered(HttpExchange exchange) {
    try {
      return answerTo(exchange);
    } catch (RuntimeException e) {
      log.error("admin page {} failed", exchange.getRequestURI(), e);
      return Answer.text(500, "the page could not be made; the log says why\n");
    }
  }

  private Answer answerTo(HttpExchange exchange) {
    if (!hostIsAddress(exchange.getRequestHeaders().getFirst("Host"))) {
      return Answer.text(421, "call the admin endpoint by IP address or localhost\n");
    }
    String path = exchange.getRequestURI().getPath();
    AdminPage page = pages.get(path);
    if (page == null) {
      return Answer.text(path.equals("/") ? 200 : 404, index());
    }
    String method = exchange.getRequestMethod();
    if (!method.equals(page.method()) && !(method.equals("HEAD") && page.method().equals("GET"))) {
      exchange.getResponseHeaders().set("Allow", page.method());
      return Answer.text(405, page.path() + " wants " + page.method() + "\n");
    }
    if (page.method().equals("POST")
        && !isHere(exchange.getRemoteAddress().getAddress(), exchange.getLocalAddress())) {
      return Answer.text(403, page.path() + " is for this machine alone\n");
    }
    return page.answer().get();
  }

  /** Whether {@code client} is on the machine whose address {@code local} is. */
  static boolean isHere(InetAddress client, InetSocketAddress local) {
    return client.isLoopbackAddress() || client.equals(local.getAddress());
  }

  private static boolean hostIsAddress(String host) {
    return host == null || host.matches("(localhost|[0-9.]+|\\[[0-9a-fA-F:.%]+\\])(:[0-9]+)?");
  }

  private String index() {
    return pages.values().stream()
        .sorted(Comparator.comparing(AdminPage::path))
        .map(page -> "%-4s %-12s %s\n".formatted(page.method(), page.path(), page.summary()))
        .collect(Collectors.joining());
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
