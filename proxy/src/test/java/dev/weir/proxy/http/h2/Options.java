package dev.weir.proxy.http.h2;

import dev.weir.proxy.plan.HttpOptions;
import java.time.Duration;
import java.util.function.Consumer;

/** The default options with some changed. */
final class Options {
  long maxBody = HttpOptions.DEFAULTS.maxBodyBytes();
  Duration idle = Duration.ofNanos(HttpOptions.DEFAULTS.connectionIdleNanos());
  Duration headerRead = Duration.ofNanos(HttpOptions.DEFAULTS.headerReadNanos());
  Duration requestRead = Duration.ofNanos(HttpOptions.DEFAULTS.requestReadNanos());

  static HttpOptions with(Consumer<Options> changes) {
    Options o = new Options();
    changes.accept(o);
    HttpOptions d = HttpOptions.DEFAULTS;
    return new HttpOptions(
        d.maxHeaderBytes(),
        d.maxHeaderCount(),
        d.maxUriBytes(),
        o.maxBody,
        d.maxConcurrentStreams(),
        o.idle.toNanos(),
        o.headerRead.toNanos(),
        o.requestRead.toNanos(),
        d.streamIdleNanos(),
        d.trustedProxies(),
        d.path(),
        d.upgrades(),
        d.reasonHeader());
  }
}
