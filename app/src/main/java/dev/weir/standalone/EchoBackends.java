package dev.weir.standalone;

import dev.weir.controlplane.state.ClusterState;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.weir.Backend;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Severity;
import dev.weir.echo.EchoIdentity;
import dev.weir.echo.EchoPort;
import dev.weir.echo.EchoServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs the built-in echo server at the addresses of each {@code Backend} with the annotation {@code
 * weir.dev/echo}, so that an example needs nothing but Weir. Loopback addresses only: a gateway
 * must not be made to open ports to the world by an annotation. On one thread.
 */
final class EchoBackends implements AutoCloseable {
  static final String ANNOTATION = "weir.dev/echo";

  private final Map<InetSocketAddress, EchoIdentity> running = new HashMap<>();
  private @Nullable EchoServer server;

  /** Starts and stops echo servers to be as the objects say; returns what went wrong. */
  List<Problem> follow(ClusterState state) {
    List<Problem> problems = new ArrayList<>();
    Set<InetSocketAddress> wanted = new HashSet<>();
    for (KubeObject<Backend> backend : state.objects(Backend.TYPE)) {
      String version = backend.meta().annotations().get(ANNOTATION);
      if (version == null) {
        continue;
      }
      EchoIdentity identity = new EchoIdentity(backend.ref().namespace(), version);
      for (Backend.Group group : backend.spec().groups()) {
        for (Backend.Endpoint endpoint : group.endpoints()) {
          InetSocketAddress address = address(endpoint);
          if (address == null) {
            problems.add(problem(backend, "only servers with a loopback ip can be echoes"));
          } else if (wanted.add(address)) {
            start(backend, address, identity, problems);
          }
        }
      }
    }
    stopAllBut(wanted);
    return problems;
  }

  private static @Nullable InetSocketAddress address(Backend.Endpoint endpoint) {
    if (endpoint.address() instanceof Backend.Address.Ip ip) {
      InetAddress address = InetAddress.ofLiteral(ip.ip());
      return address.isLoopbackAddress() ? new InetSocketAddress(address, ip.port()) : null;
    }
    return null;
  }

  private void start(
      KubeObject<Backend> backend,
      InetSocketAddress address,
      EchoIdentity identity,
      List<Problem> problems) {
    EchoIdentity now = running.get(address);
    if (identity.equals(now)) {
      return;
    }
    EchoServer echo = server;
    if (echo == null) {
      echo = new EchoServer();
      server = echo;
    }
    if (now != null) {
      echo.stop(address);
      running.remove(address);
    }
    try {
      echo.listen(address, identity, new EchoPort.Plain());
      running.put(address, identity);
    } catch (IOException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      problems.add(problem(backend, "no echo at " + address + ": " + cause.getMessage()));
    }
  }

  private void stopAllBut(Set<InetSocketAddress> wanted) {
    EchoServer echo = server;
    if (echo != null) {
      running
          .keySet()
          .removeIf(address -> {
            boolean gone = !wanted.contains(address);
            if (gone) {
              echo.stop(address);
            }
            return gone;
          });
    }
  }

  private static Problem problem(KubeObject<Backend> backend, String message) {
    ObjectRef ref = backend.ref();
    return new Problem(
        Severity.WARNING,
        "EchoNotStarted",
        message,
        ref,
        "metadata.annotations[" + ANNOTATION + "]",
        null);
  }

  @Override
  public void close() {
    if (server != null) {
      server.close();
    }
  }
}
