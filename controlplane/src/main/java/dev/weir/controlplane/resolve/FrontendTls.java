package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.CaBundle;
import dev.weir.controlplane.topology.TlsTermination.ClientValidation;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayTls;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the clients of a gateway's HTTPS listeners must prove: {@code spec.tls.frontend}. */
final class FrontendTls {
  private static final String FEATURE = "GatewayFrontendClientCertificateValidation";
  private static final String FALLBACK_FEATURE = FEATURE + "InsecureFallback";

  private final KubeObject<Gateway> gateway;
  private final Certificates certificates;
  private final ResolveOptions options;

  /** A configuration, and where in the Gateway it stands. */
  private record Place(GatewayTls.Config config, String path) {}

  FrontendTls(KubeObject<Gateway> gateway, Certificates certificates, ResolveOptions options) {
    this.gateway = gateway;
    this.certificates = certificates;
    this.options = options;
  }

  /** Whether clients without a valid certificate get in on some port. */
  boolean insecure() {
    return places().stream()
        .map(place -> place.config.validation())
        .anyMatch(validation ->
            validation != null && validation.mode() == GatewayTls.Mode.ALLOW_INSECURE_FALLBACK);
  }

  /**
   * What holds for the HTTPS listeners of a port.
   *
   * @param refusals gets a fault if clients would get in that should not
   * @param references gets the faults of references
   */
  @Nullable ClientValidation validation(int port, List<Fault> refusals, List<Fault> references) {
    Place place = place(port);
    GatewayTls.Validation validation = place == null ? null : place.config.validation();
    if (place == null || validation == null) {
      return null;
    }
    String path = place.path + ".validation";
    boolean fallback = validation.mode() == GatewayTls.Mode.ALLOW_INSECURE_FALLBACK;
    if (!options.claims(FEATURE) || (fallback && !options.claims(FALLBACK_FEATURE))) {
      refusals.add(
          Fault.error(
              ConditionReason.UNSUPPORTED_VALUE,
              path,
              "verifying clients in this way is not supported: remove the field"));
      return null;
    }
    List<CaBundle> authorities = new ArrayList<>();
    for (int i = 0; i < validation.caCertificateRefs().size(); i++) {
      CaBundle bundle =
          certificates.authorities(
              validation.caCertificateRefs().get(i),
              gateway.ref(),
              path + ".caCertificateRefs[" + i + "]",
              ConditionReason.INVALID_CA_CERTIFICATE_KIND,
              references);
      if (bundle != null) {
        authorities.add(bundle);
      }
    }
    if (authorities.isEmpty()) {
      refusals.add(
          Fault.dangling(
              ConditionReason.NO_VALID_CA_CERTIFICATE,
              path + ".caCertificateRefs",
              "no reference is good: nobody could be let in"));
      return null;
    }
    return new ClientValidation(authorities, validation.mode());
  }

  private @Nullable Place place(int port) {
    List<Place> places = places();
    GatewayTls.Frontend frontend = frontend();
    for (int i = 0; frontend != null && i < frontend.perPort().size(); i++) {
      if (frontend.perPort().get(i).port() == port) {
        return places.get(i + 1);
      }
    }
    return places.isEmpty() ? null : places.getFirst();
  }

  /** The default first, then those of {@code perPort}. */
  private List<Place> places() {
    List<Place> places = new ArrayList<>();
    GatewayTls.Frontend frontend = frontend();
    if (frontend != null) {
      places.add(new Place(frontend.defaults(), "spec.tls.frontend.default"));
      for (int i = 0; i < frontend.perPort().size(); i++) {
        places.add(
            new Place(frontend.perPort().get(i).tls(), "spec.tls.frontend.perPort[" + i + "].tls"));
      }
    }
    return places;
  }

  private GatewayTls.@Nullable Frontend frontend() {
    GatewayTls tls = gateway.spec().tls();
    return tls == null ? null : tls.frontend();
  }
}
