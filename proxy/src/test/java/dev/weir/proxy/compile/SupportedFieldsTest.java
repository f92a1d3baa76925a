package dev.weir.proxy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UnknownFieldSet;
import dev.weir.core.xds.Packing;
import dev.weir.proxy.compile.SupportedFields.Line;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.FilterConfig;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
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
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SupportedFieldsTest {
  private static final Path DOCUMENT = Path.of("../docs/xds.md");
  private static final String BEGIN = "<!-- table: begin; written by SupportedFieldsTest -->\n";
  private static final String END = "<!-- table: end -->\n";

  private static final List<Message> ROOTS =
      List.of(
          Listener.getDefaultInstance(),
          RouteConfiguration.getDefaultInstance(),
          Cluster.getDefaultInstance(),
          ClusterLoadAssignment.getDefaultInstance(),
          Secret.getDefaultInstance(),
          HttpConnectionManager.getDefaultInstance(),
          Router.getDefaultInstance(),
          TcpProxy.getDefaultInstance(),
          TlsInspector.getDefaultInstance(),
          UdpProxyConfig.getDefaultInstance(),
          Route.getDefaultInstance(),
          XffConfig.getDefaultInstance(),
          DownstreamTlsContext.getDefaultInstance(),
          QuicDownstreamTransport.getDefaultInstance(),
          UpstreamTlsContext.getDefaultInstance(),
          HttpProtocolOptions.getDefaultInstance(),
          PreviousHostsPredicate.getDefaultInstance(),
          FilterConfig.getDefaultInstance());

  private final SupportedFields fields = new SupportedFields(List.of());

  /** All messages that a resource can hold in Envoy's API, by their full names. */
  private static Map<String, Message> reachable() {
    Map<String, Message> reachable = new HashMap<>();
    ArrayDeque<Message> open = new ArrayDeque<>(ROOTS);
    for (Message type = open.poll(); type != null; type = open.poll()) {
      Descriptor descriptor = type.getDescriptorForType();
      if (!descriptor.getOptions().getMapEntry()
          && reachable.putIfAbsent(descriptor.getFullName(), type) == null) {
        for (FieldDescriptor field : descriptor.getFields()) {
          if (field.getJavaType() == JavaType.MESSAGE) {
            open.add(type.newBuilderForType().newBuilderForField(field).build());
          }
        }
      }
    }
    return reachable;
  }

  /** Those that the table names. */
  private static List<Message> supported() {
    Map<String, Message> reachable = reachable();
    return SupportedFields.table().stream()
        .filter(line -> line.field().isEmpty() && reachable.containsKey(line.message()))
        .map(line -> Objects.requireNonNull(reachable.get(line.message())))
        .toList();
  }

  /** The message as the proxy reads it from the wire. */
  private static Message read(Message sent) {
    Descriptor type = sent.getDescriptorForType();
    String scope = type.getFile().getPackage();
    String name = type.getFullName().substring(scope.length() + 1).replace('.', '$');
    try {
      Class<?> read = Class.forName("dev.weir." + scope + "." + name);
      return (Message)
          read.getMethod("parseFrom", byte[].class).invoke(null, (Object) sent.toByteArray());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(type.getFullName(), e);
    }
  }

  @Test
  void namesOfTypesAreToldFromClasses() {
    assertThat(supported()).hasSizeGreaterThan(80);
    for (Message type : supported()) {
      assertThat(Packing.typeName(read(type))).isEqualTo(type.getDescriptorForType().getFullName());
    }
  }

  /**
   * Each field of Envoy's, alone in its message, is refused by its name unless the table has it,
   * and both ways to look at it agree.
   */
  @Test
  void whatTheTableDoesNotNameIsRefused() {
    Set<String> named =
        SupportedFields.table().stream().map(Line::fullName).collect(Collectors.toSet());
    FieldNumbers numbers = new FieldNumbers(SupportedFields.table(), List.of());
    int refused = 0;
    for (Message type : supported()) {
      assertThat(numbers.cover(read(type))).isTrue();
      for (FieldDescriptor field : type.getDescriptorForType().getFields()) {
        Message message = read(with(type, field));
        List<String> findings = fields.explained(message);
        if (named.contains(field.getFullName()) && !isAny(field)) {
          assertThat(findings).as(field.getFullName()).isEmpty();
        } else if (!named.contains(field.getFullName())) {
          assertThat(findings)
              .as(field.getFullName())
              .containsExactly(
                  "%s: is set, but the proxy does not implement it (%s)"
                      .formatted(field.getName(), field.getFullName()));
          refused++;
        }
        assertThat(numbers.cover(message)).as(field.getFullName()).isEqualTo(findings.isEmpty());
      }
    }
    assertThat(refused).isGreaterThan(300);
  }

  /** An empty one names no type, which is another mistake. */
  private static boolean isAny(FieldDescriptor field) {
    FieldDescriptor value =
        field.isMapField() ? field.getMessageType().findFieldByNumber(2) : field;
    return value.getJavaType() == JavaType.MESSAGE
        && value.getMessageType().getFullName().equals("google.protobuf.Any");
  }

  @Test
  void bytesTellOfFieldsDeepInside() {
    FieldNumbers numbers = new FieldNumbers(SupportedFields.table(), List.of());
    HttpConnectionManager good = HttpConnectionManager.newBuilder().setStatPrefix("x").build();
    HttpConnectionManager bad =
        good.toBuilder()
            .setTracing(HttpConnectionManager.Tracing.newBuilder().setVerbose(true))
            .build();

    assertThat(numbers.cover(read(listener(Any.pack(good))))).isTrue();
    assertThat(numbers.cover(read(listener(Any.pack(bad))))).isFalse();
    assertThat(numbers.cover(read(listener(Any.pack(Timestamp.getDefaultInstance()))))).isFalse();
    VirtualHost host =
        VirtualHost.newBuilder()
            .putTypedPerFilterConfig("f", Any.pack(FilterConfig.getDefaultInstance()))
            .build();
    assertThat(numbers.cover(read(host))).isTrue();
    assertThat(
            numbers.cover(
                read(host.toBuilder().putTypedPerFilterConfig("g", Any.pack(bad)).build())))
        .isFalse();
  }

  private static Listener listener(Any filter) {
    return Listener.newBuilder()
        .addFilterChains(
            FilterChain.newBuilder().addFilters(Filter.newBuilder().setTypedConfig(filter)))
        .build();
  }

  /** {@code type} with {@code field} set, to a message without fields or a value not default. */
  private static Message with(Message type, FieldDescriptor field) {
    Message.Builder builder = type.newBuilderForType();
    Object value =
        switch (field.getJavaType()) {
          case MESSAGE -> builder.newBuilderForField(field).build();
          case ENUM -> field.getEnumType().getValues().getLast();
          case STRING -> "x";
          case BOOLEAN -> true;
          case INT -> 1;
          case LONG -> 1L;
          case FLOAT -> 1f;
          case DOUBLE -> 1d;
          case BYTE_STRING -> ByteString.copyFromUtf8("x");
        };
    return (field.isRepeated()
            ? builder.addRepeatedField(field, value)
            : builder.setField(field, value))
        .build();
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

    assertThat(fields.unsupported(read(message)))
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

    List<String> findings = fields.unsupported(read(listener));
    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst())
        .startsWith("filter_chains[0].filters[0].typed_config: is no valid message of the type");
  }
}
