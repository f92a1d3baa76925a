package dev.weir.features.mirror;

import dev.weir.core.api.gateway.HttpRouteFilter.Fraction;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestMirror;
import dev.weir.core.filter.RouteFilter;
import dev.weir.envoy.config.core.v3.RuntimeFractionalPercent;
import dev.weir.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import dev.weir.envoy.type.v3.FractionalPercent;
import dev.weir.envoy.type.v3.FractionalPercent.DenominatorType;

/** A mirror as Envoy's RequestMirrorPolicy. */
final class MirrorTranslation implements RouteFilter.OfAction<RequestMirror> {
  private static final long MILLION = 1_000_000;

  @Override
  public String type() {
    return "RequestMirror";
  }

  @Override
  public Class<RequestMirror> spec() {
    return RequestMirror.class;
  }

  @Override
  public void rule(RequestMirror mirror, RuleXds out) {
    if (!out.route().hasRoute()) {
      return; // answered by the gateway itself: there is no request of which a copy could be sent
    }
    RequestMirrorPolicy.Builder policy =
        RequestMirrorPolicy.newBuilder()
            .setCluster(out.backendCluster())
            // Envoy would append "-shadow" to the host; a mirror is to see the same request.
            .setDisableShadowHostSuffixAppend(true);
    FractionalPercent share = share(mirror);
    if (!share.equals(FractionalPercent.newBuilder().setNumerator(100).build())) {
      policy.setRuntimeFraction(RuntimeFractionalPercent.newBuilder().setDefaultValue(share));
    }
    out.route().getRouteBuilder().addRequestMirrorPolicies(policy);
  }

  private static FractionalPercent share(RequestMirror mirror) {
    if (mirror.fraction() != null) {
      return share(mirror.fraction());
    }
    int percent = mirror.percent() == null ? 100 : mirror.percent();
    return FractionalPercent.newBuilder().setNumerator(percent).build();
  }

  /** In percent where that is exact, else in the nearest millionth, Envoy's finest. */
  private static FractionalPercent share(Fraction fraction) {
    long hundredfold = fraction.numerator() * 100L;
    if (hundredfold % fraction.denominator() == 0) {
      return FractionalPercent.newBuilder()
          .setNumerator((int) (hundredfold / fraction.denominator()))
          .build();
    }
    long millionths =
        (fraction.numerator() * MILLION + fraction.denominator() / 2) / fraction.denominator();
    return FractionalPercent.newBuilder()
        .setNumerator((int) millionths)
        .setDenominator(DenominatorType.MILLION)
        .build();
  }
}
