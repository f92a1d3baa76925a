package dev.weir.core.api.gateway;

import dev.weir.core.api.LabelSelector;
import dev.weir.core.api.Names;
import dev.weir.core.api.gateway.Format.Hostname;
import dev.weir.core.api.gateway.Format.KindName;
import dev.weir.core.api.gateway.Format.OptionValue;
import dev.weir.core.api.gateway.Format.Port;
import dev.weir.core.api.gateway.Format.SectionName;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.Pattern;
import dev.weir.core.api.schema.Violations;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One port, protocol and hostname of a Gateway or ListenerSet.
 *
 * @param hostname null: every host
 * @param protocol {@code HTTP}, {@code HTTPS}, {@code TLS}, {@code TCP}, {@code UDP} or a
 *     domain-prefixed word
 */
public record Listener(
    @SectionName String name,
    @Nullable @Hostname String hostname,
    @Port int port,
    @Length(min = 1, max = 255)
        @Pattern(
            value =
                "^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|" + Names.SUBDOMAIN + "\\/[A-Za-z0-9]+$",
            means = "HTTP, HTTPS, TLS, TCP, UDP or a domain-prefixed word")
        String protocol,
    @Nullable Tls tls,
    @Default("{}") AllowedRoutes allowedRoutes)
    implements Checked {

  /** TLS of one listener. */
  public record Tls(
      @Default("Terminate") Mode mode,
      @Items(max = 64) List<SecretObjectReference> certificateRefs,
      @Items(max = 16) Map<String, @OptionValue String> options)
      implements Checked {
    @Override
    public void check(Violations violations) {
      if (mode == Mode.TERMINATE && certificateRefs.isEmpty() && options.isEmpty()) {
        violations.add(
            "certificateRefs",
            "required to terminate TLS: name a Secret of type kubernetes.io/tls");
      }
    }
  }

  /** Who ends TLS. */
  public enum Mode {
    /** The Gateway. */
    TERMINATE,
    /** The backend; the Gateway sees the server name only. */
    PASSTHROUGH
  }

  /**
   * Which routes may attach.
   *
   * @param kinds empty: all that fit the protocol
   */
  public record AllowedRoutes(
      @Default("{}") RouteNamespaces namespaces, @Items(max = 8) List<RouteGroupKind> kinds) {}

  /**
   * Where the routes may be.
   *
   * @param selector of namespaces, for {@link From#SELECTOR}
   */
  public record RouteNamespaces(@Default("Same") From from, @Nullable LabelSelector selector) {}

  /** The choice of namespaces. */
  public enum From {
    ALL,
    SELECTOR,
    SAME
  }

  /** A kind of route. */
  public record RouteGroupKind(
      @Default(Group.GATEWAY) @Format.Group String group, @KindName String kind) {}

  @Override
  public void check(Violations violations) {
    switch (protocol) {
      case "HTTP" -> checkNoTls(violations);
      case "TCP", "UDP" -> {
        checkNoTls(violations);
        if (hostname != null) {
          violations.add("hostname", "not possible with protocol " + protocol + ": remove it");
        }
      }
      case "HTTPS" -> {
        if (tls != null && tls.mode != Mode.TERMINATE) {
          violations.add(
              "tls.mode",
              "must be Terminate with protocol HTTPS; use protocol TLS to pass through");
        }
      }
      case "TLS" -> {
        if (tls == null) {
          violations.add("tls", "required with protocol TLS: set its mode");
        }
      }
      default -> {}
    }
  }

  private void checkNoTls(Violations violations) {
    if (tls != null) {
      violations.add(
          "tls", "not possible with protocol " + protocol + ": use HTTPS or TLS, or remove it");
    }
  }

  /** The rules for all listeners of an object. Their names are known to differ. */
  static void check(List<Listener> listeners, Violations violations) {
    for (int i = 1; i < listeners.size(); i++) {
      Listener listener = listeners.get(i);
      for (Listener earlier : listeners.subList(0, i)) {
        if (listener.port == earlier.port
            && listener.protocol.equals(earlier.protocol)
            && Objects.equals(listener.hostname, earlier.hostname)) {
          violations.add(
              "listeners[" + i + "]",
              "same port, protocol and hostname as listener " + earlier.name);
          break;
        }
      }
    }
  }
}
