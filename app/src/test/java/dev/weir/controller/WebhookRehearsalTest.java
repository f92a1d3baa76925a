package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.admission.Judgement;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.deploy.DeploySettings;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.identity.CertificateAuthority;
import dev.weir.controlplane.identity.ServerIdentity;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.endtoend.Eventually;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** How a webhook gets ready for its first question. */
class WebhookRehearsalTest {
  private static final InstantSource CLOCK = InstantSource.system();
  private static final ClusterState SHOP =
      new Manifests(StandardTypes.ALL, CLOCK)
          .load(List.of(SourceText.of("shop", Shop.gateway("edge", 80))))
          .state();

  private final CertificateAuthority authority = CertificateAuthority.create(CLOCK);
  private final List<String> judged = new CopyOnWriteArrayList<>();

  private XdsService.Tls tls(CertificateAuthority shown) {
    return new XdsService.Tls(
        ServerIdentity.issued(authority, List.of("weir.example"), Duration.ofHours(1)),
        shown::certificatePem,
        new DeploySettings.Issued(shown.certificatePem()));
  }

  private Judgement judge(String object) {
    judged.add(object);
    return Judgement.ALLOWED;
  }

  @Test
  void asksAmongRealObjectsWhenTheyAreThere() throws Exception {
    try (WebhookRehearsal rehearsal = new WebhookRehearsal(tls(authority), this::judge)) {
      assertThat(rehearsal.isOver()).isFalse();
      assertThat(judged).isEmpty();

      rehearsal.among(SHOP);
      Eventually.holds(() -> assertThat(rehearsal.isOver()).isTrue());

      assertThat(judged)
          .hasSizeGreaterThan(20)
          .anyMatch(object -> object.contains("HTTPRoute"))
          .anyMatch(object -> object.contains("GRPCRoute"))
          .filteredOn(object -> object.contains("parentRefs"))
          .allMatch(object -> object.contains("\"namespace\":\"shop\""))
          .allMatch(object -> object.contains("\"parentRefs\":[{\"name\":\"edge\"}]"));
      int asked = judged.size();
      rehearsal.among(SHOP);
      assertThat(judged).as("once").hasSize(asked);
    }
  }

  @Test
  void aWebhookThatCannotAskItselfIsNotHeldUp() throws Exception {
    CertificateAuthority another = CertificateAuthority.create(CLOCK);
    try (WebhookRehearsal rehearsal = new WebhookRehearsal(tls(another), this::judge)) {
      rehearsal.among(SHOP);
      Eventually.holds(() -> assertThat(rehearsal.isOver()).isTrue());
      assertThat(judged).isEmpty();
    }
  }
}
