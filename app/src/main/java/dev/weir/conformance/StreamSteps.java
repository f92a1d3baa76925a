package dev.weir.conformance;

import dev.weir.echo.LineEcho;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Takes the steps that talk TCP, in plain text or in TLS, to the line echo backend. */
final class StreamSteps {
  private final World world;

  StreamSteps(World world) {
    this.world = world;
  }

  void connect(TrafficStep.TcpConnect step) throws StepFailure, InterruptedException {
    Eventually.once(
        world.limits().traffic(),
        () -> {
          try (Socket socket = open(step.to(), Requester.ATTEMPT)) {
            return socket.isConnected() ? List.of() : List.of("not connected");
          }
        });
  }

  void echo(TrafficStep.TcpEcho step) throws StepFailure, InterruptedException {
    Eventually.once(
        world.limits().traffic(),
        () -> {
          try (Socket socket = open(step.to(), Requester.ATTEMPT);
              Socket secure = step.tls() == null ? socket : secured(socket, step.tls())) {
            var lines = new Lines(secure);
            List<String> differences = new ArrayList<>();
            differ(differences, "welcome", LineEcho.WELCOME, lines.read());
            differ(differences, "PING", "PONG", lines.ask("PING"));
            Boolean isTls = step.expect().backendIsTLS();
            if (isTls != null) {
              differ(differences, "IS_TLS", isTls.toString(), lines.ask("IS_TLS"));
            }
            differences.addAll(differences(step.expect(), Json.MAPPER.readTree(lines.ask("TEST"))));
            return differences;
          }
        });
  }

  private static List<String> differences(TrafficStep.ExpectedTcp expected, JsonNode answer) {
    List<String> differences = new ArrayList<>();
    TrafficStep.Backend backend = expected.backend();
    String pod = answer.path("pod").asString("");
    if (backend != null) {
      differ(differences, "namespace", backend.namespace(), answer.path("namespace").asString(""));
      if (!pod.startsWith(backend.podPrefix())) {
        differences.add("pod: expected " + backend.podPrefix() + "*, seen " + pod);
      }
    } else if (pod.isEmpty()) {
      differences.add("expected the name of a pod, seen " + answer);
    }
    if (expected.backendSni() != null) {
      differ(
          differences,
          "SNI at the backend",
          expected.backendSni(),
          answer.path("tls").path("serverName").asString(""));
    }
    return differences;
  }

  void repeat(TrafficStep.TcpEchoRepeat step) throws StepFailure, InterruptedException {
    TrafficStep.ExpectedPods expected = step.expectEach();
    int errors = 0;
    for (int i = 0; i < step.count(); i++) {
      String pod;
      try {
        pod = pod(step.to(), Duration.ofSeconds(step.perRequestTimeoutSeconds()));
      } catch (IOException e) {
        if (++errors > expected.errorsAllowed()) {
          throw new StepFailure("connection " + i + ": " + e.getMessage());
        }
        continue;
      }
      if (!pod.startsWith(expected.podPrefix())) {
        throw new StepFailure(
            "connection " + i + ": expected pod " + expected.podPrefix() + "*, seen " + pod);
      }
    }
  }

  /** The pod that a new connection reaches. */
  String pod(TrafficStep.Target to, Duration limit) throws IOException {
    try (Socket socket = open(to, limit)) {
      var lines = new Lines(socket);
      String welcome = lines.read();
      if (!welcome.equals(LineEcho.WELCOME)) {
        throw new IOException("expected a welcome, seen " + welcome);
      }
      return Json.MAPPER.readTree(lines.ask("TEST")).path("pod").asString("");
    }
  }

  void rejected(TrafficStep.TlsRejected step) throws StepFailure, InterruptedException {
    Eventually.consistently(
        world.limits().traffic(),
        () -> {
          try (Socket socket = open(step.to(), Requester.ATTEMPT)) {
            try (Socket secure = secured(socket, step.tls())) {
              return List.of("expected the connection to be closed, seen TLS with " + secure);
            } catch (EOFException | SocketException e) {
              return List.of();
            } catch (IOException e) {
              return e.getCause() instanceof EOFException || e.getCause() instanceof SocketException
                  ? List.of()
                  : List.of("expected the connection to be closed, seen " + e);
            }
          }
        });
  }

  private Socket open(TrafficStep.Target to, Duration limit) throws IOException {
    var socket = new Socket();
    try {
      int millis = (int) limit.toMillis();
      socket.setSoTimeout(millis);
      socket.connect(new InetSocketAddress(world.address(to.gateway()), to.port()), millis);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private Socket secured(Socket socket, TrafficStep.Tls tls) throws IOException {
    SSLSocket secure = ClientTls.of(tls, world.cluster()).socket(socket);
    secure.startHandshake();
    return secure;
  }

  private static void differ(
      List<String> differences, String what, String wanted, @Nullable String seen) {
    if (!wanted.equals(seen)) {
      differences.add(what + ": expected '" + wanted + "', seen '" + seen + "'");
    }
  }

  /** Asks and answers of one line each. */
  private static final class Lines {
    private final Socket socket;
    private final BufferedReader in;

    Lines(Socket socket) throws IOException {
      this.socket = socket;
      this.in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    String ask(String line) throws IOException {
      socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
      return read();
    }

    String read() throws IOException {
      String line = in.readLine();
      if (line == null) {
        throw new EOFException("the connection was closed");
      }
      return line;
    }
  }
}
