package dev.weir.controller;

import dev.weir.controlplane.kube.ApiConnection;
import dev.weir.controlplane.kube.WebhookRegistration;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the API server told by whose authority the webhook's certificate is, while this controller
 * leads: at once and again and again, because the installation may come later, or be made anew.
 */
final class WebhookTrust implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WebhookTrust.class);

  private static final Duration AGAIN = Duration.ofMinutes(1);

  private final ApiConnection api;
  private final Supplier<String> authorities;
  private final BooleanSupplier leading;
  private final SerialThread thread = new SerialThread("weir-webhook-trust");

  /** The last thing that was said of it; touched by the thread alone. */
  private String said = "";

  WebhookTrust(ApiConnection api, Supplier<String> authorities, BooleanSupplier leading) {
    this.api = api;
    this.authorities = authorities;
    this.leading = leading;
    thread.run(this::tell);
    thread.every(AGAIN, this::tell);
  }

  /** Leadership was won. */
  void lead() {
    thread.run(this::tell);
  }

  private void tell() {
    if (!leading.getAsBoolean()) {
      return;
    }
    try {
      say(
          WebhookRegistration.trust(api, authorities.get())
              ? ""
              : "there is no ValidatingWebhookConfiguration " + WebhookRegistration.CONFIGURATION);
    } catch (IOException e) {
      say(String.valueOf(e.getMessage()));
    }
  }

  private void say(String obstacle) {
    if (!obstacle.isEmpty() && !obstacle.equals(said)) {
      log.warn("objects are not judged before they are stored: {}", obstacle);
    }
    said = obstacle;
  }

  @Override
  public void close() {
    thread.close();
  }
}
