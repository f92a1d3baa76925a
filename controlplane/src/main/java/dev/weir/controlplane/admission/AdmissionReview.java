package dev.weir.controlplane.admission;

import dev.weir.core.problem.Problem;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an API server asks a validating webhook, and the answer ({@code admission.k8s.io/v1}).
 *
 * @param uid of the request
 * @param object to be judged, as JSON; null if there is nothing to judge: it is being deleted
 */
public record AdmissionReview(String uid, @Nullable String object) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String VERSION = "admission.k8s.io/v1";

  /** API servers cut longer warnings. */
  private static final int LONGEST_WARNING = 256;

  private static final int UNPROCESSABLE = 422;

  /**
   * Reads a review.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static AdmissionReview read(byte[] body) {
    JsonNode review;
    try {
      review = JSON.readTree(body);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    }
    JsonNode request = review.path("request");
    String uid = request.path("uid").asString("");
    if (!review.path("apiVersion").asString("").equals(VERSION) || uid.isEmpty()) {
      throw new IllegalArgumentException("expected an AdmissionReview of " + VERSION);
    }
    boolean stored =
        List.of("CREATE", "UPDATE").contains(request.path("operation").asString(""))
            && request.path("object").isObject();
    return new AdmissionReview(uid, stored ? request.get("object").toString() : null);
  }

  /** The answer, as JSON. */
  public byte[] answer(Judgement judgement) {
    ObjectNode review = JSON.createObjectNode();
    review.put("apiVersion", VERSION).put("kind", "AdmissionReview");
    ObjectNode response = review.putObject("response");
    response.put("uid", uid).put("allowed", judgement.refusals().isEmpty());
    if (!judgement.refusals().isEmpty()) {
      response
          .putObject("status")
          .put("code", UNPROCESSABLE)
          .put("reason", "Invalid")
          .put(
              "message",
              judgement.refusals().stream()
                  .map(Problem::toString)
                  .distinct()
                  .collect(Collectors.joining("; ")));
    }
    if (!judgement.warnings().isEmpty()) {
      ArrayNode warnings = response.putArray("warnings");
      judgement.warnings().stream()
          .map(Problem::toString)
          .distinct()
          .map(AdmissionReview::shortened)
          .forEach(warnings::add);
    }
    return JSON.writeValueAsBytes(review);
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST_WARNING ? text : text.substring(0, LONGEST_WARNING - 1) + "…";
  }
}
