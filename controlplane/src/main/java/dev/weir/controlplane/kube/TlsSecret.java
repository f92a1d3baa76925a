package dev.weir.controlplane.kube;

import dev.weir.controlplane.kube.ApiConnection.Answer;
import dev.weir.controlplane.kube.ApiConnection.Body;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A certificate and its private key that all controllers of a cluster share, in a Secret of type
 * {@code kubernetes.io/tls}: whoever comes first makes it.
 *
 * @param certificate PEM
 * @param key PEM
 */
public record TlsSecret(String certificate, String key) {
  /** The Secret of the controllers' own authority. */
  public static final String AUTHORITY = "weir-ca";

  private static final String CERTIFICATE = "tls.crt";
  private static final String KEY = "tls.key";

  /**
   * What the Secret holds; made if there is none.
   *
   * @param made only called if needed
   * @throws IOException if the API server does not answer, or refuses, or the Secret holds
   *     something else
   */
  public static TlsSecret loadOrCreate(
      ApiConnection api, String namespace, String name, Supplier<TlsSecret> made)
      throws IOException {
    String secrets = ApiPaths.collection("", "v1", "secrets", namespace);
    Answer there = api.get(secrets + "/" + ApiConnection.urlName(name));
    if (there.code() == 404) {
      TlsSecret ours = made.get();
      Answer created = api.call("POST", secrets, Body.JSON, ours.object(namespace, name));
      if (created.ok()) {
        return ours;
      }
      if (created.code() != 409) {
        throw new IOException(
            "Secret %s/%s cannot be made: %s".formatted(namespace, name, created.message()));
      }
      // Another controller was faster.
      there = api.get(secrets + "/" + ApiConnection.urlName(name));
    }
    if (!there.ok()) {
      throw new IOException(
          "Secret %s/%s cannot be read: %s".formatted(namespace, name, there.message()));
    }
    JsonNode data = there.json().path("data");
    return new TlsSecret(
        text(data, CERTIFICATE, namespace, name), text(data, KEY, namespace, name));
  }

  private static String text(JsonNode data, String key, String namespace, String name)
      throws IOException {
    try {
      String text =
          new String(
              Base64.getDecoder().decode(data.path(key).asString("")), StandardCharsets.UTF_8);
      if (!text.isBlank()) {
        return text;
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "Secret %s/%s: data[%s] is not base64".formatted(namespace, name, key), e);
    }
    throw new IOException(
        "Secret %s/%s has no %s: remove it, and it is made anew".formatted(namespace, name, key));
  }

  private String object(String namespace, String name) {
    ObjectNode secret = ApiConnection.JSON.createObjectNode();
    secret.put("apiVersion", "v1").put("kind", "Secret").put("type", "kubernetes.io/tls");
    secret.putObject("metadata").put("name", name).put("namespace", namespace);
    secret.putObject("data").put(CERTIFICATE, base64(certificate)).put(KEY, base64(key));
    return ApiConnection.JSON.writeValueAsString(secret);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "TlsSecret[" + certificate + "]";
  }
}
