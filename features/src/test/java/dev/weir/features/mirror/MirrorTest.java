package dev.weir.features.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.api.gateway.BackendObjectReference;
import dev.weir.core.api.gateway.HttpRouteFilter.Fraction;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestMirror;
import dev.weir.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import dev.weir.envoy.type.v3.FractionalPercent;
import dev.weir.envoy.type.v3.FractionalPercent.DenominatorType;
import dev.weir.features.RuleXdsRecorder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MirrorTest {
  private static RequestMirrorPolicy policy(
      @Nullable Integer percent, @Nullable Fraction fraction) {
    RuleXdsRecorder out = new RuleXdsRecorder("/");
    new MirrorTranslation().rule(mirror(percent, fraction), out);
    return out.route().getRoute().getRequestMirrorPolicies(0);
  }

  private static RequestMirror mirror(@Nullable Integer percent, @Nullable Fraction fraction) {
    return new RequestMirror(
        new BackendObjectReference("", "Service", "mirror", null, 80), percent, fraction);
  }

  @Test
  void mirrorsAllRequestsToTheSameHost() {
    assertThat(policy(null, null))
        .isEqualTo(
            RequestMirrorPolicy.newBuilder()
                .setCluster("own-backend")
                .setDisableShadowHostSuffixAppend(true)
                .build());
    assertThat(policy(100, null)).isEqualTo(policy(null, null));
    assertThat(policy(null, new Fraction(7, 7))).isEqualTo(policy(null, null));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 100, 0, HUNDRED",
    "20, 100, 20, HUNDRED",
    "1, 2, 50, HUNDRED",
    "1, 3, 333333, MILLION",
    "2, 3, 666667, MILLION",
    "1, 1000, 1000, MILLION",
    "1, 2147483647, 0, MILLION",
    "2147483646, 2147483647, 1000000, MILLION",
  })
  void writesShares(int numerator, int denominator, int share, DenominatorType of) {
    assertThat(
            policy(null, new Fraction(numerator, denominator))
                .getRuntimeFraction()
                .getDefaultValue())
        .isEqualTo(FractionalPercent.newBuilder().setNumerator(share).setDenominator(of).build());
  }

  @Test
  void writesPercent() {
    assertThat(policy(0, null).getRuntimeFraction().hasDefaultValue()).isTrue();
    assertThat(policy(20, null).getRuntimeFraction().getDefaultValue().getNumerator())
        .isEqualTo(20);
  }

  @Test
  void addsMirrorsInTheirOrder() {
    RuleXdsRecorder out = new RuleXdsRecorder("/");
    new MirrorTranslation().rule(mirror(10, null), out);
    new MirrorTranslation().rule(mirror(20, null), out);
    assertThat(out.route().getRoute().getRequestMirrorPoliciesList())
        .extracting(each -> each.getRuntimeFraction().getDefaultValue().getNumerator())
        .containsExactly(10, 20);
  }

  @Test
  void leavesAnswersOfTheGatewayAlone() {
    RuleXdsRecorder out = new RuleXdsRecorder("/");
    out.route().getDirectResponseBuilder().setStatus(500);
    new MirrorTranslation().rule(mirror(null, null), out);
    assertThat(out.route().hasDirectResponse()).isTrue();
  }
}
