package dev.weir.controlplane.serve;

import com.google.rpc.Code;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.core.v3.Node;
import dev.weir.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import dev.weir.envoy.service.discovery.v3.DiscoveryRequest;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client on its stream. What is sent follows an order in which everything is there before
 * something refers to it: clusters, endpoints and secrets, then listeners and routes, and when
 * those were answered, what goes away. Any thread.
 */
final class DiscoveryStream {
  private static final Logger LOG = LoggerFactory.getLogger(DiscoveryStream.class);

  private static final List<ResourceType> REFERRED_TO =
      List.of(ResourceType.CLUSTER, ResourceType.CLUSTER_LOAD_ASSIGNMENT, ResourceType.SECRET);
  private static final List<ResourceType> REFERRING =
      List.of(ResourceType.LISTENER, ResourceType.ROUTE_CONFIGURATION);
  private static final List<ResourceType> GOING =
      List.of(
          ResourceType.ROUTE_CONFIGURATION,
          ResourceType.CLUSTER,
          ResourceType.CLUSTER_LOAD_ASSIGNMENT,
          ResourceType.SECRET);

  /** Resources of one delta response, together, unless one alone is larger. */
  static final int MOST_BYTES = 2 << 20;

  private final long number;
  private final Wire wire;
  private final Peer peer;
  private final Supplier<@Nullable Published> published;
  private final Runnable changed;
  private final Map<ResourceType, Subscription> subscriptions = new EnumMap<>(ResourceType.class);
  private final Answers answers = new Answers();
  private final AtomicBoolean due = new AtomicBoolean();
  private @Nullable Client client;
  private boolean isGrpcClient;
  private boolean ended;
  private long nonces;

  /**
   * A stream that has just been opened.
   *
   * @param number that of no other
   * @param published the newest; null before there is any
   * @param changed told when {@link #state} may have changed
   */
  DiscoveryStream(
      long number,
      Wire wire,
      Peer peer,
      Supplier<@Nullable Published> published,
      Runnable changed) {
    this.number = number;
    this.wire = wire;
    this.peer = peer;
    this.published = published;
    this.changed = changed;
  }

  long number() {
    return number;
  }

  /** Who it is. */
  private record Client(String node, String cluster, Scope scope) {
    @Override
    public String toString() {
      return "\"%s\" of %s".formatted(node, cluster);
    }
  }

  // --- what the client says ----------------------------------------------------------------------

  synchronized void read(DeltaDiscoveryRequest request) {
    ResourceType type = ResourceType.ofUrl(request.getTypeUrl());
    if (!isIntroduced(request.getNode()) || type == null) {
      return;
    }
    Subscription subscription = subscriptions.get(type);
    if (subscription == null) {
      subscription = new Subscription();
      subscriptions.put(type, subscription);
      if (request.getResourceNamesSubscribeCount() == 0 && meansAllWithoutNames(type)) {
        subscription.subscribeWithoutNames();
      }
      request.getResourceNamesSubscribeList().forEach(subscription::subscribe);
      subscription.resume(request.getInitialResourceVersionsMap());
      answers.resumed(type, request.getInitialResourceVersionsMap());
      answers.retain(type, subscription::wants);
      changed.run();
    } else {
      // Perhaps not for the first time: a proxy says so when it can bind an address at last.
      answer(
          type,
          subscription,
          request.getResponseNonce(),
          request.hasErrorDetail() ? request.getErrorDetail() : null);
      request.getResourceNamesSubscribeList().forEach(subscription::subscribe);
    }
    if (request.getResourceNamesUnsubscribeCount() > 0) {
      request.getResourceNamesUnsubscribeList().forEach(subscription::unsubscribe);
      answers.retain(type, subscription::wants);
    }
    recognise();
    push();
  }

  synchronized void read(DiscoveryRequest request) {
    ResourceType type = ResourceType.ofUrl(request.getTypeUrl());
    if (!isIntroduced(request.getNode()) || type == null) {
      return;
    }
    Subscription subscription = subscriptions.get(type);
    if (subscription == null) {
      subscription = new Subscription();
      subscriptions.put(type, subscription);
      if (request.getResourceNamesCount() == 0 && meansAllWithoutNames(type)) {
        subscription.subscribeWithoutNames();
      }
      changed.run();
    } else if (!request.getResponseNonce().equals(subscription.lastNonce())) {
      // It was written before the client saw the last response, to which it will say the same
      // again.
      return;
    } else if (subscription.isWaiting()) {
      answer(
          type,
          subscription,
          request.getResponseNonce(),
          request.hasErrorDetail() ? request.getErrorDetail() : null);
    }
    // With the nonce of a response that was answered come other names, and no other answer.
    if (request.getResourceNamesCount() > 0 || !subscription.isAllWithoutNames()) {
      subscription.replace(request.getResourceNamesList());
      answers.retain(type, subscription::wants);
    }
    recognise();
    push();
  }

  private static boolean meansAllWithoutNames(ResourceType type) {
    return type == ResourceType.LISTENER || type == ResourceType.CLUSTER;
  }

  /** Whether it is known who the client is; only its first request must say it. */
  private boolean isIntroduced(Node node) {
    if (ended) {
      return false;
    }
    if (client != null) {
      return true;
    }
    Scope scope = Scope.of(node.getCluster());
    if (node.getId().isEmpty() || scope == null) {
      end(
          Status.INVALID_ARGUMENT.withDescription(
              "the first request must have a node.id, and as node.cluster what the client serves:"
                  + " Gateway/<namespace>/<name> or GatewayClass/<name>; got \"%s\" and \"%s\""
                      .formatted(node.getId(), node.getCluster())));
      return false;
    }
    String refusal = peer.refusal(node.getCluster());
    if (refusal != null) {
      LOG.warn("refused \"{}\": {}", node.getId(), refusal);
      end(Status.PERMISSION_DENIED.withDescription(refusal));
      return false;
    }
    Client introduced = new Client(node.getId(), node.getCluster(), scope);
    client = introduced;
    LOG.info("{} is connected", introduced);
    return true;
  }

  private void answer(
      ResourceType type,
      Subscription subscription,
      String nonce,
      com.google.rpc.@Nullable Status error) {
    Subscription.Sent response = subscription.answered(nonce);
    if (response == null) {
      return;
    }
    if (error == null || (error.getCode() == Code.OK_VALUE && error.getMessage().isEmpty())) {
      answers.accepted(type, response, subscription::wants);
    } else {
      LOG.warn("{} rejects a {}: {}", client, type.messageName(), error.getMessage());
      answers.rejected(type, response, subscription::wants, error);
    }
    changed.run();
  }

  /** Clients of gRPC ask for listeners by the names of services, which are no paths. */
  private void recognise() {
    Subscription listeners = subscriptions.get(ResourceType.LISTENER);
    if (listeners != null && (listeners.isWildcard() || !listeners.names().isEmpty())) {
      isGrpcClient =
          !listeners.isWildcard()
              && listeners.names().stream().noneMatch(name -> name.contains("/"));
    }
  }

  // --- what is sent ------------------------------------------------------------------------------

  /** Whether {@link #push} must be called: false if somebody is about to. */
  boolean isNewlyDue() {
    return due.compareAndSet(false, true);
  }

  /** Sends what the client does not have yet, as far as it can take it. */
  synchronized void push() {
    due.set(false);
    Published newest = published.get();
    Client known = client;
    if (ended || known == null || newest == null) {
      return;
    }
    View view = isGrpcClient ? newest.forGrpcClients(known.scope) : newest.forProxies(known.scope);
    // All of the first, and only then all of the second.
    if (areThere(REFERRED_TO, view, newest)
        && areThere(REFERRING, view, newest)
        && REFERRING.stream().noneMatch(this::isWaiting)) {
      for (ResourceType type : GOING) {
        Subscription subscription = subscriptions.get(type);
        if (subscription != null) {
          remove(type, subscription, view, newest);
        }
      }
    }
  }

  private boolean isWaiting(ResourceType type) {
    Subscription subscription = subscriptions.get(type);
    return subscription != null && subscription.isWaiting();
  }

  private boolean areThere(List<ResourceType> types, View view, Published newest) {
    boolean all = true;
    for (ResourceType type : types) {
      Subscription subscription = subscriptions.get(type);
      if (subscription != null && !subscription.isKnownEqual(view, type)) {
        all &=
            switch (wire) {
              case Wire.Delta delta -> sendChanges(type, subscription, view, newest);
              case Wire.StateOfTheWorld whole -> sendWhole(type, subscription, view, newest);
            };
      }
    }
    return all;
  }

  /** Whether everything that is new is sent. */
  private boolean sendChanges(
      ResourceType type, Subscription subscription, View view, Published newest) {
    Map<String, Resource<?>> changes = subscription.changes(view, type);
    Set<String> removed = subscription.absent(view, type);
    if (type == ResourceType.LISTENER) {
      // Nothing refers to listeners.
      removed.addAll(subscription.gone(view, type));
    }
    if (changes.isEmpty() && removed.isEmpty() && !subscription.owesAll()) {
      setEqual(type, subscription, view);
      return true;
    }
    if (subscription.isWaiting() || !wire.isReady()) {
      return false;
    }
    Map<String, Resource<?>> first = first(changes, type, newest);
    send(type, subscription, first, removed, newest);
    return first.size() == changes.size();
  }

  /** As many as go into one response. */
  private static Map<String, Resource<?>> first(
      Map<String, Resource<?>> changes, ResourceType type, Published newest) {
    Map<String, Resource<?>> first = new TreeMap<>();
    int bytes = 0;
    for (Map.Entry<String, Resource<?>> change : changes.entrySet()) {
      bytes += newest.packed(type, change.getValue()).getSerializedSize();
      if (bytes > MOST_BYTES && !first.isEmpty()) {
        return first;
      }
      first.put(change.getKey(), change.getValue());
    }
    return first;
  }

  private boolean sendWhole(
      ResourceType type, Subscription subscription, View view, Published newest) {
    Set<String> gone = subscription.gone(view, type);
    boolean mustSay =
        meansAllWithoutNames(type) ? subscription.owesAnswer() : subscription.owesAll();
    if (subscription.changes(view, type).isEmpty()
        && !mustSay
        && (type != ResourceType.LISTENER || gone.isEmpty())) {
      // Of these types nobody can be told that there is nothing.
      subscription.answeredAll();
      setEqual(type, subscription, view);
      return true;
    }
    if (subscription.isWaiting() || !wire.isReady()) {
      return false;
    }
    Map<String, Resource<?>> resources = new TreeMap<>(subscription.wanted(view, type));
    if (type == ResourceType.CLUSTER) {
      resources.putAll(subscription.kept(gone));
      gone = Set.of();
    }
    send(type, subscription, resources, gone, newest);
    subscription.answeredAll();
    return true;
  }

  private void setEqual(ResourceType type, Subscription subscription, View view) {
    if (subscription.gone(view, type).isEmpty()) {
      subscription.setEqual(view, type);
    }
  }

  private void remove(ResourceType type, Subscription subscription, View view, Published newest) {
    if (subscription.isKnownEqual(view, type)) {
      return;
    }
    Set<String> gone = subscription.gone(view, type);
    if (gone.isEmpty()) {
      return;
    }
    switch (wire) {
      case Wire.StateOfTheWorld whole when type != ResourceType.CLUSTER -> {
        // Not to be in a response means nothing for these types.
        subscription.forget(gone);
        answers.forget(type, gone);
        changed.run();
      }
      case Wire.Delta delta when !subscription.isWaiting() && wire.isReady() ->
          send(type, subscription, Map.of(), gone, newest);
      case Wire.StateOfTheWorld whole when !subscription.isWaiting() && wire.isReady() ->
          send(type, subscription, new TreeMap<>(subscription.wanted(view, type)), gone, newest);
      default -> {}
    }
  }

  private void send(
      ResourceType type,
      Subscription subscription,
      Map<String, Resource<?>> resources,
      Collection<String> removed,
      Published newest) {
    String nonce = Long.toString(++nonces);
    Map<String, String> versions = new HashMap<>();
    resources.forEach((name, resource) -> versions.put(name, resource.version()));
    subscription.sent(
        new Subscription.Sent(nonce, versions, removed),
        resources.values(),
        wire instanceof Wire.StateOfTheWorld);
    wire.send(type, nonce, resources, removed, newest);
  }

  // --- its state and its end ---------------------------------------------------------------------

  /** What is known of the proxy; null if the client is none, or has not said yet what it wants. */
  synchronized @Nullable ProxyState state() {
    Client known = client;
    Published newest = published.get();
    Subscription listeners = subscriptions.get(ResourceType.LISTENER);
    if (ended || known == null || listeners == null || !listeners.isWildcard()) {
      return null;
    }
    Set<ObjectRef> gateways = newest == null ? Set.of() : newest.gateways(known.scope);
    return new ProxyState(known.node, gateways, answers.verdicts(), answers.unbound());
  }

  /** The client is gone. */
  synchronized void closed() {
    ended = true;
    if (client != null) {
      LOG.info("{} is gone", client);
    }
  }

  /** Ends it for a reason that the client is told. */
  void end(Status status) {
    end(status, new Metadata());
  }

  /** The same with something for programs to read. */
  synchronized void end(Status status, Metadata metadata) {
    if (!ended) {
      ended = true;
      wire.end(status, metadata);
    }
  }
}
