package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.KeyPair;
import dev.weir.controlplane.topology.ListenerRef;
import dev.weir.controlplane.topology.TlsTermination;
import dev.weir.controlplane.topology.TlsTermination.ClientValidation;
import dev.weir.core.api.gateway.Listener;
import dev.weir.core.api.gateway.SecretObjectReference;
import dev.weir.core.api.schema.JsonNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Looks at the listeners of a gateway, its own and those of its ListenerSets. */
final class Listeners {
  private final RouteKinds kinds;
  private final Certificates certificates;

  Listeners(RouteKinds kinds, Certificates certificates) {
    this.kinds = kinds;
    this.certificates = certificates;
  }

  /**
   * The listeners in order.
   *
   * @param owners the Gateway, then its ListenerSets in order of precedence
   */
  List<ListenerState> of(List<ListenerOwner> owners, PortClaims claims, FrontendTls frontend) {
    Map<ListenerRef, Fault> conflicts = ListenerConflicts.among(owners, kinds);
    List<ListenerState> states = new ArrayList<>();
    for (ListenerOwner owner : owners) {
      for (int i = 0; i < owner.listeners().size(); i++) {
        Listener listener = owner.listeners().get(i);
        Fault conflict = conflicts.get(owner.ref(listener));
        states.add(state(owner, listener, "spec.listeners[" + i + "]", conflict, claims, frontend));
      }
    }
    return states;
  }

  private ListenerState state(
      ListenerOwner owner,
      Listener listener,
      String path,
      @Nullable Fault conflict,
      PortClaims claims,
      FrontendTls frontend) {
    Protocol protocol = Protocol.named(listener.protocol());
    List<Fault> refusals = new ArrayList<>();
    List<Fault> references = new ArrayList<>();
    if (protocol == null || kinds.of(listener).isEmpty()) {
      refusals.add(unsupported(listener, path));
      return new ListenerState(
          owner, listener, protocol, List.of(), conflict, refusals, references, null);
    }
    Fault taken = claims.taken(listener.port(), protocol, path);
    if (taken != null) {
      refusals.add(taken);
    }
    List<RouteKind<?>> taking = kinds.taken(listener, path, references);
    TlsTermination tls =
        listener.tls() != null && listener.tls().mode() == Listener.Mode.TERMINATE
            ? tls(owner, listener, listener.tls(), path, protocol, frontend, refusals, references)
            : null;
    if (listener.tls() == null && protocol == Protocol.HTTPS) {
      references.add(
          Fault.error(
              ConditionReason.INVALID_CERTIFICATE_REF,
              path + ".tls",
              "required with protocol HTTPS: refer to a Secret with a certificate"));
    }
    return new ListenerState(
        owner, listener, protocol, taking, conflict, refusals, references, tls);
  }

  private @Nullable TlsTermination tls(
      ListenerOwner owner,
      Listener listener,
      Listener.Tls tls,
      String path,
      Protocol protocol,
      FrontendTls frontend,
      List<Fault> refusals,
      List<Fault> references) {
    for (String option : tls.options().keySet()) {
      // An option may be about security: better no listener than one without it.
      refusals.add(
          Fault.error(
              ConditionReason.UNSUPPORTED_VALUE,
              path + ".tls.options[" + option + "]",
              "not known to Weir: remove it"));
    }
    List<KeyPair> keyPairs = new ArrayList<>();
    for (int i = 0; i < tls.certificateRefs().size(); i++) {
      SecretObjectReference reference = tls.certificateRefs().get(i);
      KeyPair keyPair =
          certificates.keyPair(
              reference,
              owner.object().ref(),
              path + ".tls.certificateRefs[" + i + "]",
              ConditionReason.INVALID_CERTIFICATE_REF,
              references);
      if (keyPair != null) {
        keyPairs.add(keyPair);
      }
    }
    ClientValidation clients =
        protocol == Protocol.HTTPS
            ? frontend.validation(listener.port(), refusals, references)
            : null;
    return keyPairs.isEmpty() ? null : new TlsTermination(keyPairs, clients);
  }

  private Fault unsupported(Listener listener, String path) {
    return Fault.error(
        ConditionReason.UNSUPPORTED_PROTOCOL,
        path + ".protocol",
        listener.tls() != null && listener.protocol().equals(Protocol.TLS.name())
            ? "TLS with mode %s is not supported".formatted(JsonNames.of(listener.tls().mode()))
            : "%s is not supported: use %s".formatted(listener.protocol(), kinds.protocols()));
  }
}
