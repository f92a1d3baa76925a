package dev.weir.controller;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.weir.controlplane.admission.AdmissionReview;
import dev.weir.controlplane.admission.Judgement;
import dev.weir.controlplane.identity.ServerIdentity;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the API server, over TLS, whether an object may be stored. Whoever asks is answered:
 * nothing is changed, and nothing is told that is not in the question or in the findings.
 */
final class Webhook implements AutoCloseable {
  static final String PATH = "/validate";

  private static final Logger LOG = LoggerFactory.getLogger(Webhook.class);

  static {
    // The server of the JDK sends head and body apart: the body must not wait 40 ms until the
    // client has acknowledged the head.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** A review holds an object as it was and as it will be, of 1.5 MiB at most each in etcd. */
  private static final int LONGEST_REVIEW = 8 << 20;

  private final HttpsServer server;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("weir-webhook-", 0).factory());

  private Webhook(HttpsServer server) {
    this.server = server;
  }

  /**
   * Starts to answer.
   *
   * @param judge what is to be said of an object, as JSON; null while nothing is known yet
   * @throws IOException if the address cannot be bound
   */
  static Webhook start(
      InetSocketAddress address,
      ServerIdentity identity,
      Function<String, @Nullable Judgement> judge)
      throws IOException {
    HttpsServer server;
    try {
      server = HttpsServer.create(address, 0);
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(new KeyManager[] {identity.keyManager()}, null, null);
      server.setHttpsConfigurator(new HttpsConfigurator(tls));
    } catch (IOException e) {
      throw new IOException("webhook at %s: %s".formatted(address, e.getMessage()), e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
    Webhook webhook = new Webhook(server);
    server.setExecutor(webhook.threads);
    server.createContext(PATH, exchange -> answer(exchange, judge));
    server.start();
    return webhook;
  }

  InetSocketAddress address() {
    return server.getAddress();
  }

  private static void answer(HttpExchange exchange, Function<String, @Nullable Judgement> judge)
      throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("POST")) {
        respond(exchange, 405, "text/plain", text("POST an AdmissionReview"));
        return;
      }
      byte[] body = exchange.getRequestBody().readNBytes(LONGEST_REVIEW + 1);
      if (body.length > LONGEST_REVIEW) {
        respond(exchange, 413, "text/plain", text("too long"));
        return;
      }
      try {
        AdmissionReview review = AdmissionReview.read(body);
        Judgement judgement =
            review.object() == null ? Judgement.ALLOWED : judge.apply(review.object());
        if (judgement == null) {
          respond(exchange, 503, "text/plain", text("the objects have not been read yet"));
        } else {
          respond(exchange, 200, "application/json", review.answer(judgement));
        }
      } catch (IllegalArgumentException e) {
        respond(exchange, 400, "text/plain", text(String.valueOf(e.getMessage())));
      } catch (RuntimeException e) {
        LOG.error("an object could not be judged", e);
        respond(exchange, 500, "text/plain", text("internal error"));
      }
    }
  }

  private static byte[] text(String text) {
    return (text + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static void respond(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
