package dev.weir.features.extauth;

import dev.weir.core.api.gateway.BackendObjectReference;
import dev.weir.core.api.gateway.HttpRouteFilter.AuthProtocol;
import dev.weir.core.api.gateway.HttpRouteFilter.ExternalAuth;
import dev.weir.core.api.gateway.HttpRouteFilter.ForwardBody;
import dev.weir.core.api.gateway.HttpRouteFilter.GrpcAuth;
import dev.weir.core.api.gateway.HttpRouteFilter.HttpAuth;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The API's records, by what matters. */
final class Auths {
  private static final BackendObjectReference SERVICE =
      new BackendObjectReference("", "Service", "auth", null, 9000);

  private Auths() {}

  static ExternalAuth http(
      @Nullable String path, List<String> shown, List<String> taken, int maxSize) {
    return new ExternalAuth(
        AuthProtocol.HTTP, SERVICE, null, new HttpAuth(path, shown, taken), body(maxSize));
  }

  static ExternalAuth grpc(List<String> shown, int maxSize) {
    return new ExternalAuth(AuthProtocol.GRPC, SERVICE, new GrpcAuth(shown), null, body(maxSize));
  }

  private static @Nullable ForwardBody body(int maxSize) {
    return maxSize == 0 ? null : new ForwardBody(maxSize);
  }
}
