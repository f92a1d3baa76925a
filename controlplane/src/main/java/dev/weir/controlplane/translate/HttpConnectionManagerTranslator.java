package dev.weir.controlplane.translate;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import dev.weir.core.api.weir.GatewayParameters;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.xds.Packing;
import dev.weir.envoy.config.core.v3.CidrRange;
import dev.weir.envoy.config.core.v3.Http1ProtocolOptions;
import dev.weir.envoy.config.core.v3.Http2ProtocolOptions;
import dev.weir.envoy.config.core.v3.Http3ProtocolOptions;
import dev.weir.envoy.config.core.v3.HttpProtocolOptions;
import dev.weir.envoy.config.core.v3.QuicProtocolOptions;
import dev.weir.envoy.config.core.v3.TypedExtensionConfig;
import dev.weir.envoy.config.listener.v3.Filter;
import dev.weir.envoy.extensions.filters.http.router.v3.Router;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.CodecType;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.PathWithEscapedSlashesAction;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import dev.weir.envoy.extensions.http.original_ip_detection.xff.v3.XffConfig;
import dev.weir.envoy.extensions.http.original_ip_detection.xff.v3.XffTrustedCidrs;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Writes the connection manager: what all HTTP of a filter chain has in common. */
final class HttpConnectionManagerTranslator {
  private static final String WEBSOCKET = "websocket";

  /**
   * What differs from Envoy's defaults, so that stock Envoy does the same with the resources:
   * docs/limits.md has the reasons.
   */
  private static final HttpConnectionManager DEFAULTS =
      HttpConnectionManager.newBuilder()
          .setCommonHttpProtocolOptions(
              HttpProtocolOptions.newBuilder()
                  .setIdleTimeout(Messages.duration(Duration.ofMinutes(5)))
                  .setMaxHeadersCount(UInt32Value.of(100)))
          .setHttpProtocolOptions(Http1ProtocolOptions.newBuilder().setAcceptHttp10(true))
          .setHttp2ProtocolOptions(
              Http2ProtocolOptions.newBuilder().setMaxConcurrentStreams(UInt32Value.of(100)))
          .setMaxRequestHeadersKb(UInt32Value.of(60))
          .setRequestHeadersTimeout(Messages.duration(Duration.ofSeconds(10)))
          .setStreamIdleTimeout(Messages.duration(Duration.ofMinutes(5)))
          .setUseRemoteAddress(BoolValue.of(true))
          .setNormalizePath(BoolValue.of(true))
          .setPathWithEscapedSlashesAction(PathWithEscapedSlashesAction.KEEP_UNCHANGED)
          .setServerHeaderTransformation(ServerHeaderTransformation.PASS_THROUGH)
          .setStripTrailingHostDot(true)
          .addUpgradeConfigs(UpgradeConfig.newBuilder().setUpgradeType(WEBSOCKET))
          .build();

  private static final String XFF = "envoy.extensions.http.original_ip_detection.xff";

  private final FilterCatalog filters;
  private final HttpConnectionManager overTcp;
  private final HttpConnectionManager overQuic;
  private final HttpFilter router;

  /**
   * A translator for one Gateway.
   *
   * @param http what its parameters say
   */
  HttpConnectionManagerTranslator(FilterCatalog filters, GatewayParameters.Http http) {
    this.filters = filters;
    this.overTcp = manager(http);
    this.overQuic = overQuic(overTcp);
    this.router = router(http);
  }

  private static HttpConnectionManager manager(GatewayParameters.Http http) {
    HttpConnectionManager.Builder manager = DEFAULTS.toBuilder();
    if (http.clientAddress() != null) {
      clientAddress(http.clientAddress(), manager);
    }
    if (http.upgrades() != null) {
      upgrades(http.upgrades(), manager);
    }
    if (http.limits() != null) {
      limits(http.limits(), manager);
    }
    return manager.build();
  }

  private static void clientAddress(
      GatewayParameters.ClientAddress from, HttpConnectionManager.Builder out) {
    if (from.trustedHops() != null) {
      out.setXffNumTrustedHops(from.trustedHops());
    }
    if (from.trustedCidrs() != null) {
      XffTrustedCidrs.Builder trusted = XffTrustedCidrs.newBuilder();
      from.trustedCidrs().forEach(cidr -> trusted.addCidrs(range(cidr)));
      XffConfig xff =
          XffConfig.newBuilder()
              .setXffTrustedCidrs(trusted)
              .setSkipXffAppend(BoolValue.of(false))
              .build();
      out.clearUseRemoteAddress()
          .addOriginalIpDetectionExtensions(
              TypedExtensionConfig.newBuilder().setName(XFF).setTypedConfig(Packing.packed(xff)));
    }
  }

  private static CidrRange range(String cidr) {
    int slash = cidr.indexOf('/');
    return CidrRange.newBuilder()
        .setAddressPrefix(cidr.substring(0, slash))
        .setPrefixLen(UInt32Value.of(Integer.parseInt(cidr.substring(slash + 1))))
        .build();
  }

  /** Entries that say of themselves that they are enabled are all that there are. */
  private static void upgrades(List<String> protocols, HttpConnectionManager.Builder out) {
    out.clearUpgradeConfigs();
    Stream.concat(Stream.of(WEBSOCKET), protocols.stream())
        .map(protocol -> protocol.toLowerCase(Locale.ROOT))
        .distinct()
        .forEach(protocol ->
            out.addUpgradeConfigs(
                UpgradeConfig.newBuilder()
                    .setUpgradeType(protocol)
                    .setEnabled(BoolValue.of(true))));
  }

  private static void limits(GatewayParameters.HttpLimits from, HttpConnectionManager.Builder out) {
    HttpProtocolOptions.Builder common = out.getCommonHttpProtocolOptionsBuilder();
    if (from.requestHeadersKb() != null) {
      out.setMaxRequestHeadersKb(UInt32Value.of(from.requestHeadersKb()));
    }
    if (from.requestHeaders() != null) {
      common.setMaxHeadersCount(UInt32Value.of(from.requestHeaders()));
    }
    if (from.concurrentStreams() != null) {
      out.getHttp2ProtocolOptionsBuilder()
          .setMaxConcurrentStreams(UInt32Value.of(from.concurrentStreams()));
    }
    if (from.requestHeadersTimeout() != null) {
      out.setRequestHeadersTimeout(Messages.duration(from.requestHeadersTimeout()));
    }
    if (from.requestTimeout() != null) {
      out.setRequestTimeout(Messages.duration(from.requestTimeout()));
    }
    if (from.streamIdleTimeout() != null) {
      out.setStreamIdleTimeout(Messages.duration(from.streamIdleTimeout()));
    }
    if (from.connectionIdleTimeout() != null) {
      common.setIdleTimeout(Messages.duration(from.connectionIdleTimeout()));
    }
  }

  /** The same for HTTP/3. */
  private static HttpConnectionManager overQuic(HttpConnectionManager overTcp) {
    return overTcp.toBuilder()
        .setCodecType(CodecType.HTTP3)
        .clearHttpProtocolOptions()
        .clearHttp2ProtocolOptions()
        .setHttp3ProtocolOptions(
            Http3ProtocolOptions.newBuilder()
                .setQuicProtocolOptions(
                    QuicProtocolOptions.newBuilder()
                        .setMaxConcurrentStreams(
                            overTcp.getHttp2ProtocolOptions().getMaxConcurrentStreams())))
        .build();
  }

  private static HttpFilter router(GatewayParameters.Http http) {
    Router.Builder router = Router.newBuilder();
    if (Boolean.FALSE.equals(http.reasonHeader())) {
      router.setSuppressEnvoyHeaders(true);
    }
    return HttpFilter.newBuilder()
        .setName("envoy.filters.http.router")
        .setTypedConfig(Packing.packed(router.build()))
        .build();
  }

  /**
   * The network filter that serves a RouteConfiguration.
   *
   * @param name of the RouteConfiguration, in metrics too
   * @param use what its routes ask of filters
   */
  Filter translate(String name, FilterUse use) {
    return translate(overTcp, name, use);
  }

  /** The same for HTTP/3. */
  Filter overQuic(String name, FilterUse use) {
    return translate(overQuic, name, use);
  }

  private Filter translate(HttpConnectionManager base, String name, FilterUse use) {
    HttpConnectionManager.Builder manager =
        base.toBuilder()
            .setStatPrefix(name)
            .setRds(Rds.newBuilder().setRouteConfigName(name).setConfigSource(Messages.ADS));
    for (HttpFilterType<?, ?> type : filters.chain()) {
      if (use.isConfigured(type.name())) {
        manager.addHttpFilters(filter(type.name(), type.config()));
      }
      use.own(type.name())
          .forEach((instance, config) ->
              manager.addHttpFilters(filter(instance, config).setDisabled(true)));
    }
    manager.addHttpFilters(router);
    return Filter.newBuilder()
        .setName("envoy.filters.network.http_connection_manager")
        .setTypedConfig(Packing.packed(manager.build()))
        .build();
  }

  private static HttpFilter.Builder filter(String name, Message config) {
    return HttpFilter.newBuilder().setName(name).setTypedConfig(Packing.packed(config));
  }
}
