package dev.weir.controlplane.kube;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The way to an API server. Watches and the election use the client as it is; all else is a plain
 * request, so that what goes over the wire is what stands in the code. Thread-safe.
 */
public final class ApiConnection implements AutoCloseable {
  static final JsonMapper JSON = JsonMapper.builder().build();

  /** The content types of request bodies. */
  enum Body {
    JSON("application/json"),
    /** Server-side apply; JSON is YAML. */
    APPLY("application/apply-patch+yaml");

    private final String contentType;

    Body(String contentType) {
      this.contentType = contentType;
    }
  }

  /**
   * How long a request may take, and a connection to be made, in milliseconds. A server that takes
   * longer is treated as absent, and asked again.
   */
  private static final int TIMEOUT_MS = 10_000;

  /**
   * First pause before a watch that broke is tried again, in milliseconds; it doubles up to 32
   * times that. With a second, as the client has it, a server might be back for half a minute
   * before anybody looks.
   */
  private static final int RECONNECT_MS = 250;

  private final KubernetesClient client;
  private final ApiHealth health = new ApiHealth();

  private ApiConnection(Config config) {
    // Whoever asks knows when to ask again, and must not be held by retries below.
    Config ours =
        new ConfigBuilder(config)
            .withRequestRetryBackoffLimit(0)
            .withRequestTimeout(TIMEOUT_MS)
            .withConnectionTimeout(TIMEOUT_MS)
            .withWatchReconnectInterval(RECONNECT_MS)
            .withUserAgent("weir-controller")
            .build();
    this.client = new KubernetesClientBuilder().withConfig(ours).build();
  }

  /**
   * A connection; nothing is sent yet.
   *
   * @param kubeconfig a file, or null: what {@code KUBECONFIG} names, {@code ~/.kube/config}, or
   *     the ServiceAccount of the pod
   * @param context of the kubeconfig, or null: its current one
   * @throws IOException if the file cannot be read or makes no sense
   */
  public static ApiConnection open(@Nullable Path kubeconfig, @Nullable String context)
      throws IOException {
    try {
      if (kubeconfig == null) {
        return new ApiConnection(Config.autoConfigure(context));
      }
      if (!Files.isReadable(kubeconfig)) {
        throw new IOException("kubeconfig " + kubeconfig + ": there is no such file");
      }
      return new ApiConnection(Config.fromKubeconfig(context, kubeconfig.toFile()));
    } catch (KubernetesClientException | IllegalArgumentException | JacksonException e) {
      throw new IOException("kubeconfig " + kubeconfig + ": " + e.getMessage(), e);
    }
  }

  /** The client, for watches and elections. */
  KubernetesClient client() {
    return client;
  }

  /** The namespace of the pod, or of the context; null if neither names one. */
  public @Nullable String namespace() {
    return client.getNamespace();
  }

  /** Where the API server is, for people. */
  public String server() {
    return String.valueOf(client.getMasterUrl());
  }

  /** Whether it answers. */
  public ApiHealth health() {
    return health;
  }

  /**
   * An answer.
   *
   * @param code HTTP status
   */
  record Answer(int code, String body) {
    boolean ok() {
      return code >= 200 && code < 300;
    }

    /** The body; a missing node if it is not JSON. */
    JsonNode json() {
      try {
        return JSON.readTree(body);
      } catch (JacksonException e) {
        return JSON.missingNode();
      }
    }

    /** What the server says is wrong, for people. */
    String message() {
      String message = json().path("message").asString("");
      return message.isEmpty() ? "status " + code : message;
    }
  }

  /** Reads. */
  Answer get(String path) throws IOException {
    return call("GET", path, null, null);
  }

  /** Deletes. */
  Answer delete(String path, String preconditions) throws IOException {
    return call("DELETE", path, Body.JSON, preconditions);
  }

  /**
   * Sends a request and waits for the answer.
   *
   * @param path with query
   * @throws IOException if there is no answer
   */
  Answer call(String method, String path, @Nullable Body type, @Nullable String body)
      throws IOException {
    HttpClient http = client.getHttpClient();
    HttpRequest.Builder request =
        http.newHttpRequestBuilder().uri(base() + path).header("Accept", "application/json");
    if (type == null || body == null) {
      request.method(method, null, (String) null);
    } else {
      request.method(method, type.contentType, body);
    }
    CompletableFuture<HttpResponse<String>> response =
        http.sendAsync(request.timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS).build(), String.class);
    try {
      HttpResponse<String> answer = response.get(TIMEOUT_MS * 2L, TimeUnit.MILLISECONDS);
      health.answered();
      String text = answer.body();
      return new Answer(answer.code(), text == null ? "" : text);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      response.cancel(true);
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw health.failed(cause);
    } catch (TimeoutException e) {
      response.cancel(true);
      throw health.failed(e);
    }
  }

  private String base() {
    String url = server();
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  /** A name in lower case as it stands in URLs of the API: letters, digits, '-' and '.'. */
  static String urlName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (!lower.equals(name) || name.isEmpty() || !name.matches("[a-z0-9.:-]+")) {
      throw new IllegalArgumentException("\"" + name + "\" is no name of an object");
    }
    return name;
  }

  @Override
  public void close() {
    client.close();
  }
}
