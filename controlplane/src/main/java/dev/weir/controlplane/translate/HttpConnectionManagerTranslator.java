package dev.weir.controlplane.translate;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import dev.weir.core.filter.HttpFilterType;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http3ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.QuicProtocolOptions;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.CodecType;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.PathWithEscapedSlashesAction;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import java.time.Duration;

/** Writes the connection manager: what all HTTP of a filter chain has in common. */
final class HttpConnectionManagerTranslator {
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
          .addUpgradeConfigs(UpgradeConfig.newBuilder().setUpgradeType("websocket"))
          .build();

  /** The same for HTTP/3. */
  private static final HttpConnectionManager HTTP_3 =
      DEFAULTS.toBuilder()
          .setCodecType(CodecType.HTTP3)
          .clearHttpProtocolOptions()
          .clearHttp2ProtocolOptions()
          .setHttp3ProtocolOptions(
              Http3ProtocolOptions.newBuilder()
                  .setQuicProtocolOptions(
                      QuicProtocolOptions.newBuilder()
                          .setMaxConcurrentStreams(UInt32Value.of(100))))
          .build();

  private static final HttpFilter ROUTER =
      HttpFilter.newBuilder()
          .setName("envoy.filters.http.router")
          .setTypedConfig(Messages.packed(Router.getDefaultInstance()))
          .build();

  private final FilterCatalog filters;

  HttpConnectionManagerTranslator(FilterCatalog filters) {
    this.filters = filters;
  }

  /**
   * The network filter that serves a RouteConfiguration.
   *
   * @param name of the RouteConfiguration, in metrics too
   * @param use what its routes ask of filters
   */
  Filter translate(String name, FilterUse use) {
    return translate(DEFAULTS, name, use);
  }

  /** The same for HTTP/3. */
  Filter overQuic(String name, FilterUse use) {
    return translate(HTTP_3, name, use);
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
    manager.addHttpFilters(ROUTER);
    return Filter.newBuilder()
        .setName("envoy.filters.network.http_connection_manager")
        .setTypedConfig(Messages.packed(manager.build()))
        .build();
  }

  private static HttpFilter.Builder filter(String name, Message config) {
    return HttpFilter.newBuilder().setName(name).setTypedConfig(Messages.packed(config));
  }
}
