package dev.weir.proxy.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import dev.weir.core.xds.Packing;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.config.route.v3.VirtualHost;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedHostsTest {
  private static final VirtualHost A = host("a");
  private static final VirtualHost B = host("b");
  private static final VirtualHost C = host("c");

  private final SharedHosts shared = new SharedHosts(2);

  private static VirtualHost host(String name) {
    return VirtualHost.newBuilder().setName(name).addDomains(name + ".example").build();
  }

  private static RouteConfiguration.Builder routes(String name, VirtualHost... hosts) {
    return RouteConfiguration.newBuilder().setName(name).addAllVirtualHosts(List.of(hosts));
  }

  private RouteConfiguration read(Any any) throws InvalidProtocolBufferException {
    return shared.unpacked(any, RouteConfiguration.getDefaultInstance());
  }

  private RouteConfiguration read(ByteString bytes) throws InvalidProtocolBufferException {
    return read(Packing.packed(routes("r").build()).toBuilder().setValue(bytes).build());
  }

  @Test
  void hostsOfTheSameBytesAreOneObject() throws Exception {
    RouteConfiguration plain = read(Packing.packed(routes("plain", A, B).build()));
    RouteConfiguration secure = read(Packing.packed(routes("secure", C, B, A).build()));

    assertThat(plain).isEqualTo(routes("plain", A, B).build());
    assertThat(secure).isEqualTo(routes("secure", C, B, A).build());
    assertThat(secure.getVirtualHosts(2)).isSameAs(plain.getVirtualHosts(0));
    assertThat(secure.getVirtualHosts(1)).isSameAs(plain.getVirtualHosts(1));
  }

  @Test
  void whatComesAloneSharesNothing() throws Exception {
    RouteConfiguration routes = routes("r", A, A).build();
    RouteConfiguration read =
        new SharedHosts(1)
            .unpacked(Packing.packed(routes), RouteConfiguration.getDefaultInstance());

    assertThat(read).isEqualTo(routes);
    assertThat(read.getVirtualHosts(0)).isNotSameAs(read.getVirtualHosts(1));
  }

  /** Strings like these have one hash, and so have messages that differ in nothing else. */
  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void manyHostsOfOneHashAreAsFast() throws Exception {
    List<VirtualHost> hosts =
        IntStream.range(0, 1 << 16)
            .mapToObj(i -> {
              StringBuilder name = new StringBuilder();
              for (int bit = 0; bit < 16; bit++) {
                name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
              }
              return VirtualHost.newBuilder().setName(name.toString()).build();
            })
            .toList();
    RouteConfiguration routes = RouteConfiguration.newBuilder().addAllVirtualHosts(hosts).build();

    assertThat(hosts.stream().map(VirtualHost::toByteString).map(ByteString::hashCode).distinct())
        .hasSize(1);
    assertThat(read(Packing.packed(routes))).isEqualTo(routes);
  }

  @Test
  void whateverElseThereIsStaysAsItWas() throws Exception {
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(9999, Field.newBuilder().addVarint(7).build())
            .addField(
                9998, Field.newBuilder().addGroup(UnknownFieldSet.newBuilder().build()).build())
            // Not as a message has it, so not a virtual host.
            .addField(
                RouteConfiguration.VIRTUAL_HOSTS_FIELD_NUMBER,
                Field.newBuilder().addVarint(1).build())
            .build();
    RouteConfiguration whole =
        routes("r", A, A).setIgnorePortInHostMatching(true).setUnknownFields(unknown).build();

    assertThat(read(Packing.packed(whole))).isEqualTo(whole);
  }

  @Test
  void othersAreReadAsEverywhere() throws Exception {
    Cluster cluster = Cluster.newBuilder().setName("c").build();

    assertThat(shared.unpacked(Packing.packed(cluster), Cluster.getDefaultInstance()))
        .isEqualTo(cluster);
    assertThatThrownBy(() -> read(Packing.packed(cluster)))
        .isInstanceOf(InvalidProtocolBufferException.class)
        .hasMessageContaining("envoy.config.cluster.v3.Cluster");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 12})
  void whatWasCutIsRefused(int missing) {
    ByteString whole = routes("r", A).build().toByteString();

    assertThatThrownBy(() -> read(whole.substring(0, whole.size() - missing)))
        .isInstanceOf(InvalidProtocolBufferException.class);
  }

  @Test
  void aDamagedHostIsRefused() {
    RouteConfiguration damaged =
        RouteConfiguration.newBuilder()
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(
                        RouteConfiguration.VIRTUAL_HOSTS_FIELD_NUMBER,
                        Field.newBuilder()
                            .addLengthDelimited(ByteString.copyFrom(new byte[] {10, 5}))
                            .build())
                    .build())
            .build();

    assertThatThrownBy(() -> read(Packing.packed(damaged)))
        .isInstanceOf(InvalidProtocolBufferException.class);
  }

  @Test
  void aGroupThatOnlyEndsIsRefused() {
    // Field 9, wire type 4.
    assertThatThrownBy(() -> read(ByteString.copyFrom(new byte[] {9 << 3 | 4})))
        .isInstanceOf(InvalidProtocolBufferException.class);
  }
}
