package dev.weir.controlplane.kube;

import dev.weir.controlplane.kube.ApiConnection.Answer;
import dev.weir.controlplane.kube.ApiConnection.Body;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tells the API server by whose authority the webhook's certificate is. The
 * ValidatingWebhookConfiguration itself comes with the installation, and goes with it.
 */
public final class WebhookRegistration {
  /** Name of the configuration. */
  public static final String CONFIGURATION = "weir";

  /** Name of the webhook in it. */
  public static final String WEBHOOK = "validate.weir.dev";

  private static final String API = "admissionregistration.k8s.io/v1";

  private WebhookRegistration() {}

  /**
   * Sets the authority, whatever it was.
   *
   * @param authorities certificates in PEM
   * @return whether there is such a configuration
   * @throws IOException if the API server does not take it
   */
  public static boolean trust(ApiConnection api, String authorities) throws IOException {
    String path =
        "/apis/"
            + API
            + "/validatingwebhookconfigurations/"
            + URLEncoder.encode(CONFIGURATION, StandardCharsets.UTF_8);
    Answer there = api.get(path);
    if (there.code() == 404) {
      return false; // server-side apply would make half a one
    }
    ObjectNode object = ApiConnection.JSON.createObjectNode();
    object.put("apiVersion", API).put("kind", "ValidatingWebhookConfiguration");
    object.putObject("metadata").put("name", CONFIGURATION);
    object
        .putArray("webhooks")
        .addObject()
        .put("name", WEBHOOK)
        .putObject("clientConfig")
        .put(
            "caBundle",
            Base64.getEncoder().encodeToString(authorities.getBytes(StandardCharsets.UTF_8)));
    Answer answer =
        api.call(
            "PATCH",
            path + "?" + StatusWriter.APPLY_QUERY,
            Body.APPLY,
            ApiConnection.JSON.writeValueAsString(object));
    if (!answer.ok()) {
      throw new IOException(
          "ValidatingWebhookConfiguration %s is not taken: %s"
              .formatted(CONFIGURATION, answer.message()));
    }
    return true;
  }
}
