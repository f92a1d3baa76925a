package dev.weir.controlplane.kube;

import dev.weir.controlplane.deploy.DeploySettings;
import dev.weir.controlplane.kube.ApiConnection.Answer;
import dev.weir.controlplane.kube.ApiConnection.Body;
import dev.weir.controlplane.serve.TokenReview;
import java.io.IOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks the API server whose a ServiceAccount token is. Only tokens that were made for Weir's
 * controller count, so that one that was stolen elsewhere opens nothing here, and ours nothing
 * elsewhere. Thread-safe.
 */
public final class KubernetesTokenReview implements TokenReview {
  /** For whom proxies have their tokens made. */
  private static final String AUDIENCE = DeploySettings.TOKEN_AUDIENCE;

  private static final String USER_PREFIX = "system:serviceaccount:";

  private final ApiConnection api;
  private final Function<ServiceAccount, @Nullable String> served;

  /** Whose a token is. */
  public record ServiceAccount(String namespace, String name) {}

  /**
   * A review.
   *
   * @param served what a ServiceAccount may serve, e.g. {@code Gateway/shop/web}; null: nothing
   */
  public KubernetesTokenReview(
      ApiConnection api, Function<ServiceAccount, @Nullable String> served) {
    this.api = api;
    this.served = served;
  }

  @Override
  public @Nullable String serves(String token) throws IOException {
    ServiceAccount account = account(token);
    return account == null ? null : served.apply(account);
  }

  private @Nullable ServiceAccount account(String token) throws IOException {
    ObjectNode review = ApiConnection.JSON.createObjectNode();
    review.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenReview");
    ObjectNode spec = review.putObject("spec");
    spec.put("token", token).putArray("audiences").add(AUDIENCE);
    Answer answer =
        api.call(
            "POST",
            "/apis/authentication.k8s.io/v1/tokenreviews",
            Body.JSON,
            ApiConnection.JSON.writeValueAsString(review));
    if (!answer.ok()) {
      throw new IOException("the API server does not review tokens: " + answer.message());
    }
    JsonNode status = answer.json().path("status");
    if (!status.path("authenticated").asBoolean(false) || !isForUs(status)) {
      return null;
    }
    String user = status.path("user").path("username").asString("");
    if (!user.startsWith(USER_PREFIX)) {
      return null;
    }
    String[] parts = user.substring(USER_PREFIX.length()).split(":", -1);
    return parts.length == 2 ? new ServiceAccount(parts[0], parts[1]) : null;
  }

  /** A server that knows nothing of audiences names none: its word is not enough. */
  private static boolean isForUs(JsonNode status) {
    for (JsonNode audience : status.path("audiences")) {
      if (audience.asString("").equals(AUDIENCE)) {
        return true;
      }
    }
    return false;
  }
}
