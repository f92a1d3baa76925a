package dev.weir.controlplane.resolve;

import dev.weir.core.api.Bytes;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which certificates and keys are good, because reading them is dear and they hardly ever
 * change. Forgets what the last run did not ask for. Not for concurrent use.
 */
final class CredentialChecks {
  private static final String NONE = "";

  private Map<Object, String> previous = new HashMap<>();
  private Map<Object, String> current = new HashMap<>();

  private record KeyPairContent(Bytes chain, Bytes key) {}

  void startRun() {
    previous = current;
    current = new HashMap<>();
  }

  /** See {@link Credentials#keyPairFlaw}. */
  @Nullable String keyPairFlaw(Bytes chain, Bytes key) {
    return flaw(new KeyPairContent(chain, key), () -> Credentials.keyPairFlaw(chain, key));
  }

  /** See {@link Credentials#bundleFlaw}. */
  @Nullable String bundleFlaw(Bytes bundle) {
    return flaw(bundle, () -> Credentials.bundleFlaw(bundle));
  }

  private @Nullable String flaw(Object content, Supplier<@Nullable String> check) {
    String flaw = current.get(content);
    if (flaw == null) {
      flaw = previous.get(content);
      if (flaw == null) {
        String found = check.get();
        flaw = found == null ? NONE : found;
      }
      current.put(content, flaw);
    }
    return flaw.equals(NONE) ? null : flaw;
  }
}
