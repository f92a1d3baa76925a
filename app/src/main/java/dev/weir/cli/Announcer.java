package dev.weir.cli;

import dev.weir.controlplane.topology.AttachedListener;
import dev.weir.controlplane.topology.AttachedListener.HttpListener;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.HostRoutes;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.RequestMatch.PathMatch;
import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.RouteRule;
import dev.weir.controlplane.topology.RuleMatch;
import dev.weir.controlplane.topology.WeightedBackend;
import dev.weir.core.problem.Problem;
import dev.weir.core.xds.Applied;
import dev.weir.standalone.Standalone;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tells the person at the terminal what the gateway does: at the start, and on every change. */
final class Announcer {
  private final PrintWriter out;
  private Set<Problem> told = Set.of();
  private int changes;

  Announcer(PrintWriter out) {
    this.out = out;
  }

  /** The gateway runs another configuration, or has something to say. */
  synchronized void changed(Standalone.State state) {
    Set<Problem> problems = new LinkedHashSet<>(state.problems());
    problems.stream()
        .filter(problem -> !told.contains(problem))
        .forEach(problem -> out.println(ProblemText.line(problem)));
    told = problems;
    Applied applied = state.applied();
    if (applied != null) {
      applied
          .bindFailures()
          .forEach(failure ->
              out.printf(
                  "%s: cannot listen on %s: %s%n",
                  failure.listener(), failure.address(), failure.message()));
    }
    if (changes++ > 0) {
      out.println("Configuration changed.");
    }
    out.flush();
  }

  /** What there is to try. */
  void welcome(Standalone gateway) {
    Examples examples = new Examples();
    gateway.state().translation().resolution().topology().gateways().forEach(examples::add);
    out.println("Weir is running.");
    if (examples.urls.isEmpty()) {
      out.println("No route leads anywhere yet: see \"weir status\" for what the objects lack.");
    } else {
      out.println("Try:");
      int width = examples.urls.keySet().stream().mapToInt(String::length).max().orElse(0);
      examples.urls.forEach((url, what) -> out.printf("  %-" + width + "s  # %s%n", url, what));
      if (examples.more > 0) {
        out.printf("  ... and %d more%n", examples.more);
      }
    }
    InetSocketAddress admin = gateway.adminAddress();
    if (admin != null) {
      out.printf(
          "Admin: curl http://%s:%d/%n", admin.getAddress().getHostAddress(), admin.getPort());
    }
    out.println("Edit the YAML: changes are live at once. Ctrl-C stops.");
    out.flush();
  }

  /** The first URLs; of the others, which may be thousands, only the number. */
  private static final class Examples {
    private static final int URLS = 12;

    final Map<String, String> urls = new LinkedHashMap<>();
    int more;

    void add(GatewayTopology gateway) {
      String address = gateway.addresses().isEmpty() ? "127.0.0.1" : gateway.addresses().getFirst();
      for (GatewayTopology.ListenPort port : gateway.ports()) {
        for (AttachedListener listener : port.listeners()) {
          // What is no HTTP cannot be tried with a URL.
          if (listener instanceof HttpListener http) {
            for (HostRoutes host : http.hosts()) {
              for (RuleMatch match : host.matches()) {
                if (urls.size() < URLS) {
                  urls.putIfAbsent(
                      curl(address, port.port(), http, host.hostname(), match), summary(match));
                } else {
                  more++;
                }
              }
            }
          }
        }
      }
    }
  }

  private static String curl(
      String address, int port, HttpListener listener, Hostname hostname, RuleMatch match) {
    String path =
        switch (match.match().path()) {
          case PathMatch.Exact exact -> exact.path();
          case PathMatch.Prefix prefix -> prefix.path();
          case PathMatch.Regex regex -> "/";
        };
    boolean secure = listener.tls() != null;
    String scheme = secure ? "https" : "http";
    String defaultPort = secure ? "443" : "80";
    String shownPort = defaultPort.equals(String.valueOf(port)) ? "" : ":" + port;
    if (hostname.equals(Hostname.ANY)) {
      return "curl %s%s://%s%s%s".formatted(secure ? "-k " : "", scheme, address, shownPort, path);
    }
    String host = hostname.text().replace("*", "any");
    return secure
        ? "curl -k --resolve %s:%d:%s %s://%s%s%s"
            .formatted(host, port, address, scheme, host, shownPort, path)
        : "curl -H 'Host: %s' %s://%s%s%s".formatted(host, scheme, address, shownPort, path);
  }

  private static String summary(RuleMatch match) {
    return switch (match.rule()) {
      case RouteRule.Broken broken -> match + ": answers 500, " + broken.message();
      case RouteRule.Serving serving -> {
        List<String> backends = new ArrayList<>();
        long total = serving.backends().stream().mapToLong(WeightedBackend::weight).sum();
        for (WeightedBackend backend : serving.backends()) {
          String share =
              serving.backends().size() > 1 && total > 0
                  ? " %d%%".formatted(100L * backend.weight() / total)
                  : "";
          backends.add(name(backend.backend()) + share);
        }
        yield serving.ref().route()
            + (backends.isEmpty()
                ? ": answered by a filter"
                : " -> " + String.join(", ", backends));
      }
    };
  }

  private static String name(ResolvedBackend backend) {
    return switch (backend) {
      case ResolvedBackend.Service service -> service.port().toString();
      case ResolvedBackend.Static fixed -> fixed.backend().ref().toString();
      case ResolvedBackend.Invalid invalid -> invalid.reason() + " (500)";
    };
  }
}
