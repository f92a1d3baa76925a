package dev.weir.proxy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.weir.proxy.compile.SupportedFields.Line;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.FilterConfig;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.filters.udp.udp_proxy.v3.Route;
import io.envoyproxy.envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig;
import io.envoyproxy.envoy.extensions.http.original_ip_detection.xff.v3.XffConfig;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SupportedFieldsTest {
  private static final Path DOCUMENT = Path.of("../docs/xds.md");
  private static final String BEGIN = "<!-- table: begin; written by SupportedFieldsTest -->\n";
  private static final String END = "<!-- table: end -->\n";

  private static final List<Descriptor> ROOTS =
      List.of(
          Listener.getDescriptor(),
          RouteConfiguration.getDescriptor(),
          Cluster.getDescriptor(),
          ClusterLoadAssignment.getDescriptor(),
          Secret.getDescriptor(),
          HttpConnectionManager.getDescriptor(),
          Router.getDescriptor(),
          TcpProxy.getDescriptor(),
          TlsInspector.getDescriptor(),
          UdpProxyConfig.getDescriptor(),
          Route.getDescriptor(),
          XffConfig.getDescriptor(),
          DownstreamTlsContext.getDescriptor(),
          QuicDownstreamTransport.getDescriptor(),
          UpstreamTlsContext.getDescriptor(),
          HttpProtocolOptions.getDescriptor(),
          PreviousHostsPredicate.getDescriptor(),
          FilterConfig.getDescriptor());

  private final SupportedFields fields = new SupportedFields(List.of());

  @Test
  void theTableNamesOnlyWhatThereIs() {
    Map<String, Descriptor> reachable = new HashMap<>();
    ArrayDeque<Descriptor> open = new ArrayDeque<>(ROOTS);
    for (Descriptor type = open.poll(); type != null; type = open.poll()) {
      if (reachable.putIfAbsent(type.getFullName(), type) == null) {
        for (FieldDescriptor field : type.getFields()) {
          if (field.getJavaType() == JavaType.MESSAGE) {
            open.add(field.getMessageType());
          }
        }
      }
    }

    List<Line> table = SupportedFields.table();
    assertThat(table).extracting(Line::fullName).doesNotHaveDuplicates();
    assertThat(table)
        .allSatisfy(line -> {
          assertThat(reachable).containsKey(line.message());
          Descriptor type = Objects.requireNonNull(reachable.get(line.message()));
          assertThat(line.field().isEmpty() || type.findFieldByName(line.field()) != null)
              .as(line.fullName())
              .isTrue();
        });
  }

  /** {@code mvn -pl proxy test -Dtest=SupportedFieldsTest -Dweir.update=true} writes the page. */
  @Test
  void theDocumentShowsTheTable() throws IOException {
    StringBuilder table = new StringBuilder();
    for (Line line : SupportedFields.table()) {
      if (line.field().isEmpty()) {
        table.append("\n### `").append(line.message()).append("`\n");
        boolean any =
            SupportedFields.table().stream()
                .anyMatch(
                    other -> other.message().equals(line.message()) && !other.field().isEmpty());
        table.append(any ? "| field | remark |\n|---|---|\n" : "No settings.\n");
      } else {
        String remark = line.remark().replace("|", "\\|");
        table.append("| `").append(line.field()).append("` | ").append(remark).append(" |\n");
      }
    }
    String text = Files.readString(DOCUMENT);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    if (Boolean.getBoolean("weir.update")) {
      Files.writeString(DOCUMENT, text.substring(0, begin) + table + "\n" + text.substring(end));
    }

    assertThat(Files.readString(DOCUMENT)).contains(BEGIN + table + "\n" + END);
  }

  @Test
  void findsUnknownFields() {
    Message message =
        Cluster.newBuilder()
            .setName("c")
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(9999, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                    .build())
            .build();

    assertThat(fields.unsupported(message))
        .containsExactly(
            "field number 9999 is set, which this version does not know"
                + " (envoy.config.cluster.v3.Cluster)");
  }

  @Test
  void findsBrokenMessages() {
    Any broken =
        Any.newBuilder()
            .setTypeUrl(
                "type.googleapis.com/" + HttpConnectionManager.getDescriptor().getFullName())
            .setValue(ByteString.copyFromUtf8("x"))
            .build();
    Listener listener =
        Listener.newBuilder()
            .addFilterChains(
                FilterChain.newBuilder().addFilters(Filter.newBuilder().setTypedConfig(broken)))
            .build();

    List<String> findings = fields.unsupported(listener);
    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst())
        .startsWith("filter_chains[0].filters[0].typed_config: is no valid message of the type");
  }
}
