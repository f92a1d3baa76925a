package dev.weir.proxy.compile;

import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.envoy.config.core.v3.CidrRange;
import dev.weir.envoy.config.core.v3.Http2ProtocolOptions;
import dev.weir.envoy.config.core.v3.HttpProtocolOptions;
import dev.weir.envoy.config.core.v3.QuicProtocolOptions;
import dev.weir.envoy.extensions.filters.http.router.v3.Router;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.CodecType;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import dev.weir.envoy.extensions.http.original_ip_detection.xff.v3.XffConfig;
import dev.weir.proxy.compile.HttpFilterChain.Installed;
import dev.weir.proxy.plan.AddressRange;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.plan.HttpOptions.EscapedSlashes;
import dev.weir.proxy.plan.HttpOptions.PathNormalisation;
import dev.weir.proxy.plan.TrustedProxies;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Compiles HttpConnectionManagers. */
final class HttpCompiler {
  private final KnownTypes types;
  private final List<HttpFilterType<?, ?>> filters;

  /** What carries HTTP, which is for the listener to say. */
  enum Carrier {
    TCP(CodecType.AUTO),
    QUIC(CodecType.HTTP3);

    private final CodecType codec;

    Carrier(CodecType codec) {
      this.codec = codec;
    }
  }

  HttpCompiler(KnownTypes types, List<HttpFilterType<?, ?>> filters) {
    this.types = types;
    this.filters = filters;
  }

  HttpSpec compile(HttpConnectionManager hcm, Carrier carrier, FieldPath at) throws InvalidConfig {
    List<Installed<?, ?>> installed = new ArrayList<>();
    FieldPath filtersAt = at.field("http_filters");
    int last = hcm.getHttpFiltersCount() - 1;
    Set<String> names = new HashSet<>();
    for (int i = 0; i < last; i++) {
      HttpFilter filter = hcm.getHttpFilters(i);
      if (!names.add(filter.getName())) {
        throw filtersAt.at(i).field("name").invalid("is that of another filter of the chain");
      }
      installed.add(filter(filter, filtersAt.at(i)));
    }
    if (last < 0) {
      throw filtersAt.invalid("must not be empty: the last filter has to be the router");
    }
    Router router = router(hcm.getHttpFilters(last), filtersAt.at(last));
    HttpFilterChain chain = new HttpFilterChain(installed);
    try {
      chain.compile(List.of());
    } catch (InvalidConfig e) {
      throw filtersAt.invalid(String.valueOf(e.getMessage()));
    }
    return new HttpSpec(
        hcm.getStatPrefix(), options(hcm, router, carrier, at), chain, routes(hcm, chain, at));
  }

  // --- filters ---------------------------------------------------------------------------------

  private Router router(HttpFilter filter, FieldPath at) throws InvalidConfig {
    if (filter.getDisabled()) {
      throw at.field("disabled").invalid("the router cannot be switched off");
    }
    return types.unpack(filter.getTypedConfig(), Router.class, at.field("typed_config"));
  }

  /** A filter by the type of its configuration, or by its name if it has none. */
  private Installed<?, ?> filter(HttpFilter filter, FieldPath at) throws InvalidConfig {
    if (!filter.hasTypedConfig()) {
      for (HttpFilterType<?, ?> type : filters) {
        if (type.name().equals(filter.getName())) {
          return installed(filter, type, type.config().getDefaultInstanceForType());
        }
      }
      throw at.field("name")
          .invalid("\"" + filter.getName() + "\" is no HTTP filter that the proxy implements");
    }
    FieldPath configAt = at.field("typed_config");
    Message config = types.unpack(filter.getTypedConfig(), configAt);
    for (HttpFilterType<?, ?> type : filters) {
      if (type.config().getClass() == config.getClass()) {
        return installed(filter, type, config);
      }
    }
    throw configAt.invalid(
        config instanceof Router
            ? "is the router, which has to be the last filter"
            : "is no configuration of an HTTP filter");
  }

  @SuppressWarnings("unchecked") // one generated class for one descriptor
  private static <C extends Message> Installed<C, ?> installed(
      HttpFilter filter, HttpFilterType<C, ?> type, Message config) {
    return new Installed<>(filter.getName(), type, (C) config, filter.getDisabled());
  }

  // --- routes ----------------------------------------------------------------------------------

  private HttpSpec.Routes routes(HttpConnectionManager hcm, HttpFilterChain chain, FieldPath at)
      throws InvalidConfig {
    return switch (hcm.getRouteSpecifierCase()) {
      case RDS -> {
        String name = hcm.getRds().getRouteConfigName();
        if (name.isEmpty()) {
          throw at.field("rds").field("route_config_name").invalid("must not be empty");
        }
        yield new HttpSpec.Routes.Named(name);
      }
      case ROUTE_CONFIG ->
          new HttpSpec.Routes.Inline(
              new RouteCompiler(types, chain)
                  .compile(hcm.getRouteConfig(), null, null, at.field("route_config"))
                  .table());
      case ROUTESPECIFIER_NOT_SET -> throw at.invalid("needs rds or route_config");
    };
  }

  // --- options ---------------------------------------------------------------------------------

  private HttpOptions options(
      HttpConnectionManager hcm, Router router, Carrier carrier, FieldPath at)
      throws InvalidConfig {
    if (hcm.getCodecType() != carrier.codec) {
      throw at.field("codec_type")
          .invalid("only " + carrier.codec + " is implemented over " + carrier);
    }
    if (hcm.hasNormalizePath() && !hcm.getNormalizePath().getValue()) {
      throw at.field("normalize_path").invalid("only true is implemented");
    }
    ServerHeaderTransformation server = hcm.getServerHeaderTransformation();
    // The default cannot be told from OVERWRITE; the header is never touched.
    if (server != ServerHeaderTransformation.PASS_THROUGH
        && server != ServerHeaderTransformation.OVERWRITE) {
      throw at.field("server_header_transformation").invalid("only PASS_THROUGH is implemented");
    }
    HttpOptions defaults = HttpOptions.DEFAULTS;
    HttpProtocolOptions common = hcm.getCommonHttpProtocolOptions();
    FieldPath commonAt = at.field("common_http_protocol_options");
    return new HttpOptions(
        hcm.hasMaxRequestHeadersKb()
            ? 1024 * atMost(8192, hcm.getMaxRequestHeadersKb(), at.field("max_request_headers_kb"))
            : defaults.maxHeaderBytes(),
        common.hasMaxHeadersCount()
            ? atMost(65536, common.getMaxHeadersCount(), commonAt.field("max_headers_count"))
            : defaults.maxHeaderCount(),
        defaults.maxUriBytes(),
        defaults.maxBodyBytes(),
        streams(hcm, carrier, at),
        common.hasIdleTimeout()
            ? Durations.nanos(common.getIdleTimeout(), commonAt.field("idle_timeout"))
            : defaults.connectionIdleNanos(),
        hcm.hasRequestHeadersTimeout()
            ? Durations.nanos(hcm.getRequestHeadersTimeout(), at.field("request_headers_timeout"))
            : defaults.headerReadNanos(),
        hcm.hasRequestTimeout()
            ? Durations.nanos(hcm.getRequestTimeout(), at.field("request_timeout"))
            : defaults.requestReadNanos(),
        hcm.hasStreamIdleTimeout()
            ? Durations.nanos(hcm.getStreamIdleTimeout(), at.field("stream_idle_timeout"))
            : defaults.streamIdleNanos(),
        trustedProxies(hcm, at),
        new PathNormalisation(hcm.getMergeSlashes(), escapedSlashes(hcm, at)),
        upgrades(hcm, at.field("upgrade_configs")),
        !router.getSuppressEnvoyHeaders());
  }

  private static int streams(HttpConnectionManager hcm, Carrier carrier, FieldPath at)
      throws InvalidConfig {
    return switch (carrier) {
      case TCP -> {
        Http2ProtocolOptions options = hcm.getHttp2ProtocolOptions();
        yield options.hasMaxConcurrentStreams()
            ? streams(options.getMaxConcurrentStreams(), at.field("http2_protocol_options"))
            : HttpOptions.DEFAULTS.maxConcurrentStreams();
      }
      case QUIC -> {
        QuicProtocolOptions options = hcm.getHttp3ProtocolOptions().getQuicProtocolOptions();
        yield options.hasMaxConcurrentStreams()
            ? streams(
                options.getMaxConcurrentStreams(),
                at.field("http3_protocol_options").field("quic_protocol_options"))
            : HttpOptions.DEFAULTS.maxConcurrentStreams();
      }
    };
  }

  private static int streams(UInt32Value limit, FieldPath at) throws InvalidConfig {
    return atMost(Integer.MAX_VALUE, limit, at.field("max_concurrent_streams"));
  }

  private static int atMost(int most, UInt32Value value, FieldPath at) throws InvalidConfig {
    if (value.getValue() < 1 || value.getValue() > most) {
      throw at.invalid("has to be between 1 and " + most);
    }
    return value.getValue();
  }

  /**
   * Those that may be, where the list says so expressly; else any, as a list of mere names is what
   * Envoy needs to let WebSocket through.
   */
  private static Set<String> upgrades(HttpConnectionManager hcm, FieldPath at)
      throws InvalidConfig {
    Set<String> enabled = new HashSet<>();
    boolean express = false;
    for (int i = 0; i < hcm.getUpgradeConfigsCount(); i++) {
      UpgradeConfig upgrade = hcm.getUpgradeConfigs(i);
      express |= upgrade.hasEnabled();
      if (upgrade.hasEnabled() && !upgrade.getEnabled().getValue()) {
        throw at.at(i).field("enabled").invalid("only true is implemented: leave the element out");
      }
      enabled.add(upgrade.getUpgradeType().toLowerCase(Locale.ROOT));
    }
    return express ? enabled : Set.of();
  }

  private static EscapedSlashes escapedSlashes(HttpConnectionManager hcm, FieldPath at)
      throws InvalidConfig {
    return switch (hcm.getPathWithEscapedSlashesAction()) {
      case IMPLEMENTATION_SPECIFIC_DEFAULT, KEEP_UNCHANGED -> EscapedSlashes.KEEP;
      case REJECT_REQUEST -> EscapedSlashes.REJECT;
      case UNESCAPE_AND_FORWARD -> EscapedSlashes.UNESCAPE;
      case UNESCAPE_AND_REDIRECT, UNRECOGNIZED ->
          throw at.field("path_with_escaped_slashes_action")
              .invalid("UNESCAPE_AND_REDIRECT is not implemented");
    };
  }

  /** The peer's address counts, unless an extension says which peers speak for others. */
  private TrustedProxies trustedProxies(HttpConnectionManager hcm, FieldPath at)
      throws InvalidConfig {
    int hops = hcm.getXffNumTrustedHops();
    if (hcm.getOriginalIpDetectionExtensionsCount() == 0) {
      if (!hcm.getUseRemoteAddress().getValue()) {
        throw at.field("use_remote_address")
            .invalid("has to be true, or original_ip_detection_extensions to be set");
      }
      if (hops < 0) {
        throw at.field("xff_num_trusted_hops").invalid("is too great");
      }
      return hops == 0 ? TrustedProxies.NONE : new TrustedProxies.Hops(hops);
    }
    FieldPath extensions = at.field("original_ip_detection_extensions");
    if (hcm.getUseRemoteAddress().getValue()
        || hops != 0
        || hcm.getOriginalIpDetectionExtensionsCount() > 1) {
      throw extensions.invalid(
          "has to have one element, without use_remote_address and xff_num_trusted_hops");
    }
    FieldPath configAt = extensions.at(0).field("typed_config");
    XffConfig xff =
        types.unpack(
            hcm.getOriginalIpDetectionExtensions(0).getTypedConfig(), XffConfig.class, configAt);
    if (!xff.hasSkipXffAppend() || xff.getSkipXffAppend().getValue()) {
      throw configAt.field("skip_xff_append").invalid("only false is implemented; set it");
    }
    return new TrustedProxies.Ranges(ranges(xff, configAt.field("xff_trusted_cidrs")));
  }

  private static List<AddressRange> ranges(XffConfig xff, FieldPath at) throws InvalidConfig {
    List<AddressRange> ranges = new ArrayList<>();
    for (int i = 0; i < xff.getXffTrustedCidrs().getCidrsCount(); i++) {
      CidrRange range = xff.getXffTrustedCidrs().getCidrs(i);
      try {
        ranges.add(
            AddressRange.parse(range.getAddressPrefix() + "/" + range.getPrefixLen().getValue()));
      } catch (IllegalArgumentException e) {
        throw at.field("cidrs").at(i).invalid(String.valueOf(e.getMessage()));
      }
    }
    if (ranges.isEmpty()) {
      throw at.field("cidrs").invalid("must not be empty");
    }
    return ranges;
  }
}
