package dev.weir.controlplane.serve;

import com.google.rpc.Status;
import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.core.xds.Rejections;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a client said to the resources that it was sent: the last of each. */
final class Answers {
  private final Map<ResourceKey, Verdict> verdicts = new HashMap<>();
  private List<BindFailure> unbound = List.of();

  Map<ResourceKey, Verdict> verdicts() {
    return verdicts;
  }

  List<BindFailure> unbound() {
    return unbound;
  }

  /** The client came with these versions, and so runs them. */
  void resumed(ResourceType type, Map<String, String> versions) {
    versions.forEach((name, version) ->
        verdicts.put(new ResourceKey(type, name), new Verdict.Accepted(version)));
  }

  /** An ACK. */
  void accepted(ResourceType type, Subscription.Sent response, Predicate<String> wanted) {
    if (type == ResourceType.LISTENER) {
      unbound = List.of();
    }
    acceptedBut(Map.of(), type, response, wanted);
  }

  /** A NACK: of what it lists, else of the whole response. */
  void rejected(
      ResourceType type, Subscription.Sent response, Predicate<String> wanted, Status error) {
    Rejections listed = Rejections.of(error);
    if (listed == null) {
      rejectedWhole(type, response, wanted, error.getMessage());
      return;
    }
    if (type == ResourceType.LISTENER || !listed.unbound().isEmpty()) {
      unbound = listed.unbound();
    }
    acceptedBut(listed.rejected(), type, response, wanted);
    verdicts.putAll(listed.rejected());
  }

  private void acceptedBut(
      Map<ResourceKey, Verdict.Rejected> rejected,
      ResourceType type,
      Subscription.Sent response,
      Predicate<String> wanted) {
    response
        .versions()
        .forEach((name, version) -> {
          ResourceKey key = new ResourceKey(type, name);
          if (wanted.test(name) && !rejected.containsKey(key)) {
            verdicts.put(key, new Verdict.Accepted(version));
          }
        });
    forget(type, response.removed());
  }

  private void rejectedWhole(
      ResourceType type, Subscription.Sent response, Predicate<String> wanted, String message) {
    response
        .versions()
        .forEach((name, version) -> {
          ResourceKey key = new ResourceKey(type, name);
          String running = running(verdicts.get(key));
          // What did not change is sent again with the state of the world, and is not to blame.
          if (wanted.test(name) && !version.equals(running)) {
            verdicts.put(key, new Verdict.Rejected(version, message, running));
          }
        });
    forget(type, response.removed());
  }

  private static @Nullable String running(@Nullable Verdict verdict) {
    return switch (verdict) {
      case null -> null;
      case Verdict.Accepted accepted -> accepted.version();
      case Verdict.Incomplete incomplete -> incomplete.version();
      case Verdict.Rejected rejected -> rejected.running();
    };
  }

  void forget(ResourceType type, Iterable<String> names) {
    names.forEach(name -> verdicts.remove(new ResourceKey(type, name)));
  }

  /** Forgets what is not wanted any longer. */
  void retain(ResourceType type, Predicate<String> wanted) {
    verdicts.keySet().removeIf(key -> key.type() == type && !wanted.test(key.name()));
  }
}
