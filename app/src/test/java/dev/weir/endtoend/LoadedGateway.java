package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.proxy.observe.AccessLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A gateway under load on one connection that is kept, to a backend on one that is kept, with a
 * line in the access log for each request.
 */
final class LoadedGateway {
  private LoadedGateway() {}

  /** What is to be found out. */
  @FunctionalInterface
  interface Measurement<T> {
    T of(TestGateway gateway) throws Exception;
  }

  /** Sends so many requests on one connection and waits for the answers. */
  @FunctionalInterface
  interface Load {
    void ask(TestGateway gateway, int times) throws Exception;
  }

  /** Takes a measurement of a gateway that is stopped then. */
  static <T> T measure(Path dir, Measurement<T> measurement) throws Exception {
    try (ScriptedServer server =
            ScriptedServer.start(peer -> {
              while (true) {
                peer.readMessage();
                peer.send("HTTP/1.1 200 OK|Content-Length: 5||hello");
              }
            });
        TestGateway gateway =
            TestGateway.start(
                dir,
                options -> options.withAccessLog(dir.resolve("access.log"), AccessLog.Format.TEXT),
                List.of(TestGateway.HTTP_LISTENER, TestGateway.HTTPS_LISTENER),
                TestCertificate.of("weir.test").secret("server"),
                Yaml.backend("shop", server.address()),
                Yaml.route("shop", "/shop"))) {
      return measurement.of(gateway);
    }
  }

  /** Load by h2load; skips the test where there is none. */
  static Load h2load(Parts parts, String scheme, String... options) throws Exception {
    Program h2load = Program.needed("h2load");
    parts.ran("h2load", h2load.run("--version").succeeded());
    int port = scheme.equals("https") ? TestGateway.HTTPS : TestGateway.HTTP;
    return (gateway, times) -> {
      List<String> arguments = new ArrayList<>(List.of(options));
      arguments.add("--clients=1");
      arguments.add("--requests=" + times);
      arguments.add(scheme + "://" + gateway.ip() + ":" + port + "/shop");
      assertThat(h2load.run(arguments).succeeded())
          .contains("%d succeeded, 0 failed, 0 errored".formatted(times));
    };
  }
}
