package dev.weir.controlplane.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.topology.Endpoint;
import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.controlplane.topology.ResolvedBackend.ServicePort;
import dev.weir.core.problem.ObjectRef;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndpointTranslatorTest {
  private static final ServicePort WEB =
      new ServicePort(new ObjectRef("", "Service", "default", "web"), 80, Transport.TCP);

  @Test
  void endpointsAreGroupedByZoneInAFixedOrder() {
    var a = new Endpoint("10.0.0.2", 8080, "a");
    var b = new Endpoint("10.0.0.3", 8080, "b");
    var a2 = new Endpoint("10.0.0.1", 8080, "a");
    var none = new Endpoint("fd00::1", 8080, null);

    var resource = EndpointTranslator.translate(WEB, List.of(b, a, none, a2, a));

    assertThat(resource.name()).isEqualTo("Service/default/web/80");
    assertThat(resource.message().getClusterName()).isEqualTo(resource.name());
    assertThat(resource.message().getEndpointsList())
        .extracting(group -> group.getLocality().getZone())
        .containsExactly("", "a", "b");
    assertThat(resource.message().getEndpoints(1).getLbEndpointsList())
        .extracting(each -> each.getEndpoint().getAddress().getSocketAddress().getAddress())
        .containsExactly("10.0.0.1", "10.0.0.2");
    assertThat(resource).isEqualTo(EndpointTranslator.translate(WEB, List.of(a2, none, a, b)));
  }

  @Test
  void withoutEndpointsTheAssignmentIsEmptyAndNotMissing() {
    var resource = EndpointTranslator.translate(WEB, List.of());

    assertThat(resource.message().getEndpointsList()).isEmpty();
    assertThat(resource.version()).hasSize(24);
  }

  @Test
  void theVersionFollowsTheContent() {
    var one = EndpointTranslator.translate(WEB, List.of(new Endpoint("10.0.0.1", 80, null)));
    var two = EndpointTranslator.translate(WEB, List.of(new Endpoint("10.0.0.2", 80, null)));

    assertThat(one.version()).isNotEqualTo(two.version());
  }

  @Test
  void namesLeadBackToThePort() {
    ServicePort dns = new ServicePort(WEB.service(), 53, Transport.UDP);

    assertThat(EndpointTranslator.translate(dns, List.of()).name())
        .isEqualTo("Service/default/web/53/udp");
    for (ServicePort port : List.of(WEB, dns)) {
      assertThat(EndpointTranslator.port(port.toString())).isEqualTo(port);
    }
    assertThat(EndpointTranslator.port("Backend/default/web")).isNull();
    assertThat(EndpointTranslator.port("Service/default/web/53/tcp")).isNull();
  }
}
