package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.KeyPair;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayTls;
import dev.weir.core.api.weir.GatewayParameters;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks at the Gateways of our classes. */
final class Gateways {
  private final GatewayClasses classes;
  private final EffectiveParameters parameters;
  private final ListenerSets listenerSets;
  private final Listeners listeners;
  private final Certificates certificates;
  private final ResolveOptions options;

  Gateways(
      GatewayClasses classes,
      EffectiveParameters parameters,
      ListenerSets listenerSets,
      Listeners listeners,
      Certificates certificates,
      ResolveOptions options) {
    this.classes = classes;
    this.parameters = parameters;
    this.listenerSets = listenerSets;
    this.listeners = listeners;
    this.certificates = certificates;
    this.options = options;
  }

  /** All of them, oldest first. */
  List<GatewayState> all(Lookup lookup) {
    PortClaims claims = new PortClaims();
    return lookup.all(Gateway.TYPE).stream()
        .filter(gateway -> classes.own(gateway.spec().gatewayClassName()))
        .sorted(Lookup.BY_AGE)
        .map(gateway -> state(gateway, claims))
        .toList();
  }

  private GatewayState state(KubeObject<Gateway> gateway, PortClaims claims) {
    Addresses addresses = Addresses.of(gateway, options.addresses());
    List<Fault> refusals = new ArrayList<>(addresses.unsupported());
    Fault ofClass = classes.fault(gateway.spec().gatewayClassName());
    if (ofClass != null) {
      refusals.add(
          Fault.dangling(
              ConditionReason.PENDING,
              "spec.gatewayClassName",
              "GatewayClass %s is not accepted: %s"
                  .formatted(gateway.spec().gatewayClassName(), ofClass.text())));
    }
    Fault ofParameters = parameters.fault(gateway);
    if (ofParameters != null) {
      refusals.add(ofParameters);
    }
    List<ListenerOwner> owners = new ArrayList<>();
    owners.add(new ListenerOwner(gateway, gateway.spec().listeners(), gateway.ref()));
    owners.addAll(listenerSets.owners(gateway));
    FrontendTls frontend = new FrontendTls(gateway, certificates, options);
    // A gateway that is not accepted, or has no address, takes no port from others; nor does one
    // on machines of its own.
    PortClaims ownClaims =
        refusals.isEmpty() && !addresses.nowhere() && !addresses.apart()
            ? claims.of(gateway.ref(), addresses.bind())
            : new PortClaims();
    List<Fault> references = new ArrayList<>();
    List<ListenerState> states = listeners.of(owners, ownClaims, frontend);
    GatewayParameters.Http http = http(gateway);
    return new GatewayState(
        gateway,
        addresses,
        refusals,
        references,
        clientCertificate(gateway, references),
        frontend.insecure(),
        http,
        http3(gateway, http, states, ownClaims),
        owners,
        states);
  }

  /** HTTP as the parameters have it; nothing set if the Gateway has none. */
  private GatewayParameters.Http http(KubeObject<Gateway> gateway) {
    GatewayParameters.Http http = parameters.of(gateway).http();
    return http == null ? GatewayParameters.Http.NONE : http;
  }

  private Http3 http3(
      KubeObject<Gateway> gateway,
      GatewayParameters.Http http,
      List<ListenerState> states,
      PortClaims claims) {
    if (!Boolean.TRUE.equals(http.http3())) {
      return Http3.OFF;
    }
    GatewayParameters.Http own = parameters.own(gateway).http();
    String path =
        own == null || own.http3() == null
            ? "spec.gatewayClassName"
            : "spec.infrastructure.parametersRef";
    return Http3.of(path, states, claims);
  }

  private @Nullable KeyPair clientCertificate(KubeObject<Gateway> gateway, List<Fault> references) {
    GatewayTls tls = gateway.spec().tls();
    if (tls == null || tls.backend() == null || tls.backend().clientCertificateRef() == null) {
      return null;
    }
    String path = "spec.tls.backend.clientCertificateRef";
    if (!options.claims("GatewayBackendClientCertificate")) {
      references.add(
          Fault.error(
              ConditionReason.INVALID_CLIENT_CERTIFICATE_REF,
              path,
              "client certificates towards backends are not supported: remove the field"));
      return null;
    }
    return certificates.keyPair(
        tls.backend().clientCertificateRef(),
        gateway.ref(),
        path,
        ConditionReason.INVALID_CLIENT_CERTIFICATE_REF,
        references);
  }
}
