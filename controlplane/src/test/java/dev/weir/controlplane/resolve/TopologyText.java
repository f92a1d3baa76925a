package dev.weir.controlplane.resolve;

import dev.weir.controlplane.decode.Encoder;
import dev.weir.controlplane.decode.JsonText;
import dev.weir.controlplane.topology.AttachedListener;
import dev.weir.controlplane.topology.AttachedListener.HostStreams;
import dev.weir.controlplane.topology.AttachedListener.HttpListener;
import dev.weir.controlplane.topology.AttachedListener.StreamListener;
import dev.weir.controlplane.topology.AttachedListener.TlsListener;
import dev.weir.controlplane.topology.BackendTls;
import dev.weir.controlplane.topology.BackendTraffic;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.GatewayTopology.ListenPort;
import dev.weir.controlplane.topology.HostRoutes;
import dev.weir.controlplane.topology.RequestMatch;
import dev.weir.controlplane.topology.RequestMatch.PathMatch;
import dev.weir.controlplane.topology.RequestMatch.ValueMatch;
import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.RouteRule;
import dev.weir.controlplane.topology.RuleFilter;
import dev.weir.controlplane.topology.RuleMatch;
import dev.weir.controlplane.topology.StreamRule;
import dev.weir.controlplane.topology.Topology;
import dev.weir.controlplane.topology.WeightedBackend;
import dev.weir.core.api.weir.GatewayParameters;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A topology as text for people: one line a listener, a hostname and a match. */
final class TopologyText {
  private final StringBuilder out = new StringBuilder();

  private TopologyText() {}

  static String of(Topology topology) {
    TopologyText text = new TopologyText();
    topology.gateways().forEach(text::gateway);
    return text.out.toString();
  }

  private void gateway(GatewayTopology gateway) {
    List<String> addresses = gateway.addresses();
    line(
        0, gateway.gateway() + " on " + (addresses.isEmpty() ? "*" : String.join(", ", addresses)));
    if (!gateway.http().equals(GatewayParameters.Http.NONE)) {
      line(1, JsonText.write(Encoder.encode(gateway.http())));
    }
    for (ListenPort port : gateway.ports()) {
      line(1, port.transport() + " port " + port.port());
      port.listeners().forEach(this::listener);
    }
  }

  private void listener(AttachedListener listener) {
    switch (listener) {
      case HttpListener http -> {
        String tls =
            http.tls() == null
                ? ""
                : " with "
                    + http.tls().certificates().stream()
                        .map(pair -> pair.secret().toString())
                        .collect(Collectors.joining(", "));
        String clients =
            http.tls() == null || http.tls().clients() == null
                ? ""
                : " clients signed by "
                    + http.tls().clients().authorities().stream()
                        .map(bundle -> bundle.source().toString())
                        .collect(Collectors.joining(", "))
                    + " "
                    + http.tls().clients().mode();
        line(2, http.ref() + " for " + http.hostname() + tls + clients);
        http.hosts().forEach(this::host);
        http.misdirected().stream().sorted().forEach(name -> line(3, name + ": misdirected"));
      }
      case TlsListener tls -> {
        line(
            2,
            "%s for %s, %s"
                .formatted(
                    tls.ref(), tls.hostname(), tls.tls() == null ? "passed through" : "ended"));
        for (HostStreams host : tls.hosts()) {
          line(3, host.hostname() + ":");
          stream(host.rule());
        }
      }
      case StreamListener stream -> {
        line(2, stream.ref().toString());
        stream(stream.rule());
      }
    }
  }

  private void stream(@Nullable StreamRule rule) {
    line(4, rule == null ? "nothing" : rule.ref().toString());
    if (rule != null) {
      rule.backends().forEach(this::backend);
    }
  }

  private void host(HostRoutes host) {
    line(3, host.hostname() + ":" + (host.matches().isEmpty() ? " nothing" : ""));
    host.matches().forEach(this::match);
  }

  private void match(RuleMatch match) {
    line(4, match + ": " + text(match.match()));
    switch (match.rule()) {
      case RouteRule.Broken broken -> line(5, "500: " + broken.message());
      case RouteRule.Serving serving -> {
        for (RuleFilter filter : serving.filters()) {
          line(5, filter.filter().getClass().getSimpleName() + target(filter));
        }
        if (serving.sessions() != null) {
          line(5, "sessions by " + serving.sessions().type());
        }
        serving.backends().forEach(this::backend);
      }
    }
  }

  private static String target(RuleFilter filter) {
    return filter.backend() == null ? "" : " to " + text(filter.backend());
  }

  private void backend(WeightedBackend backend) {
    line(5, backend.weight() + " to " + text(backend.backend()) + text(backend.backend().policy()));
    for (RuleFilter filter : backend.filters()) {
      line(6, filter.filter().getClass().getSimpleName());
    }
  }

  private static String text(ResolvedBackend backend) {
    return switch (backend) {
      case ResolvedBackend.Service service ->
          service.port()
              + " "
              + service.protocol()
              + (service.tls() == null ? "" : " " + tls(service.tls()));
      case ResolvedBackend.Static own ->
          own.backend().ref()
              + " "
              + own.protocol()
              + (own.tls() == null ? "" : " " + tls(own.tls()));
      case ResolvedBackend.Invalid invalid -> "nothing, " + invalid.reason();
    };
  }

  private static String text(@Nullable BackendTraffic policy) {
    if (policy == null) {
      return "";
    }
    return (policy.retries() == null
            ? ""
            : ", bears %d %% retries".formatted(policy.retries().budget().percent()))
        + (policy.sessions() == null ? "" : ", sessions by " + policy.sessions().type());
  }

  private static String tls(BackendTls tls) {
    return "TLS to "
        + tls.serverName()
        + " signed by "
        + (tls.authorities().isEmpty()
            ? "whom the machine trusts"
            : tls.authorities().stream()
                .map(bundle -> bundle.source().toString())
                .collect(Collectors.joining(", ")));
  }

  private static String text(RequestMatch match) {
    StringBuilder text = new StringBuilder();
    if (match.method() != null) {
      text.append(match.method()).append(' ');
    }
    text.append(
        switch (match.path()) {
          case PathMatch.Exact exact -> "= " + exact.path();
          case PathMatch.Prefix prefix -> prefix.path();
          case PathMatch.Regex regex -> "~ " + regex.regex();
        });
    match.headers().forEach(header -> text.append(" [").append(text(header)).append(']'));
    match.queryParams().forEach(param -> text.append(" ?").append(text(param)));
    return text.toString();
  }

  private static String text(ValueMatch value) {
    return switch (value) {
      case ValueMatch.Exact exact -> exact.name() + "=" + exact.value();
      case ValueMatch.Regex regex -> regex.name() + "~" + regex.regex();
    };
  }

  private void line(int depth, String text) {
    out.append("  ".repeat(depth)).append(text).append('\n');
  }
}
