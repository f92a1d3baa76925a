package dev.weir.controlplane.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.api.k8s.Secret;
import org.junit.jupiter.api.Test;

class ClusterStateTest {
  @Test
  void aTypeWithoutObjectsHasNone() {
    assertThat(ClusterState.EMPTY.object(Secret.TYPE, "shop", "certificate")).isNull();
    assertThat(ClusterState.EMPTY.objects(Secret.TYPE)).isEmpty();
  }
}
