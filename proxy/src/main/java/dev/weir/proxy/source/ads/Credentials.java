package dev.weir.proxy.source.ads;

import dev.weir.proxy.source.ads.AdsOptions.Security;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What the proxy shows and trusts when it connects. */
interface Credentials extends AutoCloseable {
  /** Those for the next connection; completes exceptionally if there are none now. */
  CompletionStage<ChannelCredentials> next();

  @Override
  default void close() {}

  /** Plain text. */
  record Plain() implements Credentials {
    @Override
    public CompletionStage<ChannelCredentials> next() {
      return CompletableFuture.completedFuture(InsecureChannelCredentials.create());
    }
  }

  /** Files, read for each connection: what replaced them counts from the next one on. */
  record Read(Security.Files files) implements Credentials {
    @Override
    public CompletionStage<ChannelCredentials> next() {
      try {
        var credentials = trusting(files.authorities());
        credentials.keyManager(files.certificate().toFile(), files.key().toFile());
        return CompletableFuture.completedFuture(credentials.build());
      } catch (IOException | RuntimeException e) {
        return CompletableFuture.failedFuture(
            new IOException(
                "the certificate in %s with the key in %s cannot be used: %s"
                    .formatted(files.certificate(), files.key(), e.getMessage()),
                e));
      }
    }
  }

  /** Credentials of a client that trusts the authorities in a file, or those of the system. */
  static TlsChannelCredentials.Builder trusting(@Nullable Path authorities) throws IOException {
    TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
    if (authorities != null) {
      try {
        credentials.trustManager(authorities.toFile());
      } catch (IOException | RuntimeException e) {
        throw new IOException(
            "the authorities in %s cannot be used: %s".formatted(authorities, e.getMessage()), e);
      }
    }
    return credentials;
  }
}
