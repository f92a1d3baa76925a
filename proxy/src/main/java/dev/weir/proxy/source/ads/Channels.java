package dev.weir.proxy.source.ads;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Opens channels to the controller, one for each stream or call: a channel that lived on would have
 * pauses of its own between tries, and the certificate that it began with.
 */
final class Channels {
  /** A controller that says nothing for so long is asked whether it is there. */
  static final int KEEP_ALIVE_SECONDS = 30;

  /** If it does not answer in this time it is gone. */
  static final int KEEP_ALIVE_ANSWER_SECONDS = 10;

  /** A response; the first of them may hold all resources of a type. */
  static final int LARGEST_RESPONSE = 128 << 20;

  private final AdsOptions options;
  private final Executor thread;

  Channels(AdsOptions options, Executor thread) {
    this.options = options;
    this.thread =
        task -> {
          try {
            thread.execute(task);
          } catch (RejectedExecutionException closed) {
            // Nobody waits any more for what a channel says after the end.
          }
        };
  }

  ManagedChannel open(ChannelCredentials credentials) {
    return Grpc.newChannelBuilderForAddress(options.host(), options.port(), credentials)
        .executor(thread)
        .userAgent("weir/" + options.version())
        .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(KEEP_ALIVE_ANSWER_SECONDS, TimeUnit.SECONDS)
        .maxInboundMessageSize(LARGEST_RESPONSE)
        .disableRetry()
        .build();
  }
}
