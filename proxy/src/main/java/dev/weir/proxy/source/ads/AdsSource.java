package dev.weir.proxy.source.ads;

import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.weir.core.time.Ticker;
import dev.weir.core.xds.Applied;
import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.core.xds.DiscoveryCalls;
import dev.weir.core.xds.Reconnection;
import dev.weir.core.xds.Rejections;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.core.v3.Node;
import dev.weir.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import dev.weir.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import dev.weir.proxy.compile.Compiled;
import dev.weir.proxy.observe.ControlPlaneMetrics;
import dev.weir.proxy.source.Rollout;
import dev.weir.proxy.source.SnapshotStore;
import dev.weir.proxy.source.ads.AdsOptions.Security;
import dev.weir.proxy.source.ads.Received.Interest;
import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes configuration from a controller by the delta variant of Envoy's aggregated discovery
 * service, and keeps a connection to it as long as it lives. Everything happens on one thread of
 * its own.
 *
 * <p><b>Make before break.</b> What came is compiled at once, which changes nothing yet and shows
 * what it refers to; that is asked for. It is installed when all of it has come or was said not to
 * exist, or {@link #PATIENCE_SECONDS} after the first response that had to wait. Then what is still
 * missing fails closed, as it would in a snapshot, and is waited for no more.
 *
 * <p><b>Answers.</b> A server sends no further response of a type before the last one is answered,
 * so an answer must not wait for something that the server would only send after it. Therefore:
 *
 * <ul>
 *   <li>When the set is complete, its responses are answered after it was installed.
 *   <li>While the set waits, they are answered by what the compiler says; the verdict on a resource
 *       does not depend on those that are missing. The one exception are listeners: only their
 *       installation shows whether their addresses can be bound. Their answer waits, which cannot
 *       block anything they need: that is of other types, and asked for already.
 *   <li>A response of listeners is answered again, with the same nonce, when later other addresses
 *       can or cannot be bound than it said. Servers that do not expect this ignore it.
 * </ul>
 *
 * <p><b>Cuts.</b> When the stream ends, what was not installed is forgotten; the next stream begins
 * with the versions that run. Listeners that could not be bound are left out there, so that they
 * are sent and refused again, and a controller that was restarted knows.
 */
public final class AdsSource implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdsSource.class);

  /** How long a set waits for what it refers to. */
  static final int PATIENCE_SECONDS = 5;

  /** For a connection, TLS included. An address that nobody answers at would take minutes. */
  static final int CONNECT_SECONDS = 10;

  /**
   * The longest pause after a controller said that another one leads. Of few controllers behind one
   * address the leader is reached soon, if one tries soon; and none of them is in trouble.
   */
  static final Duration LONGEST_SEARCH = Duration.ofSeconds(1);

  /** What was said about the connection and is not said again; more than this is said again. */
  private static final int KEPT_TEXTS = 16;

  private static final MethodDescriptor<DeltaDiscoveryRequest, DeltaDiscoveryResponse> DELTA =
      MethodDescriptor.<DeltaDiscoveryRequest, DeltaDiscoveryResponse>newBuilder()
          .setType(MethodType.BIDI_STREAMING)
          .setFullMethodName(DiscoveryCalls.DELTA)
          .setRequestMarshaller(ProtoUtils.marshaller(DeltaDiscoveryRequest.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(DeltaDiscoveryResponse.getDefaultInstance()))
          .build();
  private static final Metadata.Key<String> ELSEWHERE =
      Metadata.Key.of(Reconnection.ELSEWHERE, Metadata.ASCII_STRING_MARSHALLER);

  /** A stream that lived so long was a good one: the pauses begin anew. */
  static final int LIVED_SECONDS = 10;

  /** Addresses that could not be bound are tried again. */
  static final int REBIND_SECONDS = 10;

  /** What was installed is stored so much later, with what came in between. */
  static final int SAVE_MILLIS = 1000;

  /** In the order that makes before it breaks, as far as that is ours. */
  private static final List<ResourceType> ORDER =
      List.of(
          ResourceType.CLUSTER,
          ResourceType.CLUSTER_LOAD_ASSIGNMENT,
          ResourceType.SECRET,
          ResourceType.LISTENER,
          ResourceType.ROUTE_CONFIGURATION);

  private final AdsOptions options;
  private final Rollout rollout;
  private final @Nullable SnapshotStore store;
  private final Consumer<Applied> answers;
  private final ControlPlaneMetrics metrics;
  private final Ticker ticker;
  private final ScheduledExecutorService thread;
  private final Channels channels;
  private final Credentials credentials;
  private final BackOff backOff;
  private final BackOff search;

  // Touched by the thread only.
  private final Received received = new Received();
  private Compiled compiled = Compiled.NOTHING;
  private List<BindFailure> unbound = List.of();
  private @Nullable Stream stream;
  private @Nullable Future<?> deadline;
  private @Nullable Future<?> rebind;
  private @Nullable Future<?> save;

  /** What is in the store. */
  private Compiled saved = Compiled.NOTHING;

  private boolean closed;

  /** What was said about the connection since it was there, to say it once. */
  private final Set<String> told = new HashSet<>();

  /**
   * A source that does nothing before {@link #start}.
   *
   * @param store what ran before, and where to keep what runs; or null
   * @param answers is told what came of each set that was installed, on the source's thread
   */
  public AdsSource(
      AdsOptions options,
      Rollout rollout,
      @Nullable SnapshotStore store,
      Consumer<Applied> answers,
      ControlPlaneMetrics metrics) {
    this(
        options,
        rollout,
        store,
        answers,
        metrics,
        Ticker.system(),
        InstantSource.system(),
        RandomGenerator.getDefault(),
        thread());
  }

  private static ScheduledExecutorService thread() {
    ScheduledThreadPoolExecutor thread =
        new ScheduledThreadPoolExecutor(
            1, task -> Thread.ofPlatform().name("weir-ads").daemon().unstarted(task));
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    thread.setRemoveOnCancelPolicy(true);
    return thread;
  }

  AdsSource(
      AdsOptions options,
      Rollout rollout,
      @Nullable SnapshotStore store,
      Consumer<Applied> answers,
      ControlPlaneMetrics metrics,
      Ticker ticker,
      InstantSource clock,
      RandomGenerator random,
      ScheduledExecutorService thread) {
    this.options = options;
    this.rollout = rollout;
    this.store = store;
    this.answers = answers;
    this.metrics = metrics;
    this.ticker = ticker;
    this.thread = thread;
    this.channels = new Channels(options, thread);
    this.backOff = new BackOff(random, Reconnection.LONGEST_PAUSE);
    this.search = new BackOff(random, LONGEST_SEARCH);
    this.credentials =
        switch (options.security()) {
          case Security.Insecure insecure -> new Credentials.Plain();
          case Security.Files files -> new Credentials.Read(files);
          case Security.Token token ->
              new IssuedCredentials(
                  options,
                  token,
                  channels,
                  thread,
                  new BackOff(random, Reconnection.LONGEST_PAUSE),
                  clock);
        };
  }

  /** Runs what is stored, then connects. Returns at once. */
  public void start() {
    thread.execute(() -> {
      if (store != null) {
        restore(store);
      }
      connect();
    });
  }

  private void restore(SnapshotStore from) {
    XdsSnapshot stored = from.load();
    if (!stored.equals(XdsSnapshot.EMPTY)) {
      received.reset(stored);
      compiled = rollout.compile(stored);
      saved = compiled;
      received.want(compiled.references());
      received.giveUp();
      install();
      log.info("running the stored configuration until the controller sends one");
    }
  }

  // --- the connection --------------------------------------------------------------------------

  private void connect() {
    credentials
        .next()
        .whenCompleteAsync(
            (found, failure) -> {
              if (closed) {
                return;
              }
              if (found == null) {
                failed(cause(failure), backOff);
              } else {
                open(found);
              }
            },
            thread);
  }

  private static String cause(@Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return String.valueOf(cause == null ? null : cause.getMessage());
  }

  private void open(ChannelCredentials found) {
    Stream next = new Stream(channels.open(found), ticker.nanos());
    stream = next;
    next.begin();
  }

  /** The stream ended, or there could be none. */
  private void failed(String why, BackOff pauses) {
    if (told.size() == KEPT_TEXTS) {
      told.clear();
    }
    if (told.add(why)) {
      log.warn(
          "controller {}:{}: {}; what runs stays in use, and it is tried again",
          options.host(),
          options.port(),
          why);
    }
    thread.schedule(this::connect, pauses.nextNanos(), TimeUnit.NANOSECONDS);
  }

  private void ended(Stream which, String why, BackOff pauses) {
    if (stream != which || closed) {
      return;
    }
    stream = null;
    which.end();
    metrics.connected(false);
    deadline = cancel(deadline);
    if (ticker.nanos() - which.opened > TimeUnit.SECONDS.toNanos(LIVED_SECONDS)) {
      backOff.reset();
      search.reset();
      told.clear();
    }
    rollout.giveUp();
    XdsSnapshot running = rollout.installed().running();
    received.reset(running);
    compiled = rollout.compile(running);
    received.want(compiled.references());
    failed(why, pauses);
  }

  private static @Nullable Future<?> cancel(@Nullable Future<?> task) {
    if (task != null) {
      task.cancel(false);
    }
    return null;
  }

  // --- responses -------------------------------------------------------------------------------

  /**
   * A response that waits for its answer.
   *
   * @param names of the resources that it brought
   */
  private record Unanswered(
      String nonce, Set<String> names, Map<ResourceKey, Verdict.Rejected> malformed) {}

  /** One stream to the controller. */
  private final class Stream
      implements ClientResponseObserver<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
    final ManagedChannel channel;
    final long opened;
    private final Map<ResourceType, Unanswered> unanswered = new EnumMap<>(ResourceType.class);
    private @Nullable StreamObserver<DeltaDiscoveryRequest> requests;
    private @Nullable Node node;
    private @Nullable Future<?> connecting;

    /** Of the last response of listeners that was answered. */
    private @Nullable Unanswered listeners;

    Stream(ManagedChannel channel, long opened) {
      this.channel = channel;
      this.opened = opened;
      this.node =
          Node.newBuilder()
              .setId(options.node())
              .setCluster(options.serves())
              .setUserAgentName("weir")
              .setUserAgentVersion(options.version())
              .build();
    }

    /** Says what is there and asks for the rest. */
    void begin() {
      connecting =
          thread.schedule(
              () -> ended(this, "nobody answered within %d s".formatted(CONNECT_SECONDS), backOff),
              CONNECT_SECONDS,
              TimeUnit.SECONDS);
      requests =
          ClientCalls.asyncBidiStreamingCall(channel.newCall(DELTA, CallOptions.DEFAULT), this);
      Set<String> refused = unbound.stream().map(BindFailure::listener).collect(Collectors.toSet());
      for (ResourceType type : ORDER) {
        boolean named = Received.NAMED.contains(type);
        if (named && received.wanted(type).isEmpty()) {
          continue;
        }
        // Without names, the first request of a type asks for everything.
        DeltaDiscoveryRequest.Builder request =
            DeltaDiscoveryRequest.newBuilder().setTypeUrl(type.url());
        if (named) {
          request.addAllResourceNamesSubscribe(received.wanted(type));
        }
        for (Resource<?> resource : received.resources(type).values()) {
          if (type != ResourceType.LISTENER || !refused.contains(resource.name())) {
            request.putInitialResourceVersions(resource.name(), resource.version());
          }
        }
        send(request);
      }
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<DeltaDiscoveryRequest> call) {
      call.setOnReadyHandler(() -> {
        connecting = cancel(connecting);
        metrics.connected(stream == this);
      });
    }

    /** Closes the connection. */
    void end() {
      connecting = cancel(connecting);
      channel.shutdownNow();
    }

    private void send(DeltaDiscoveryRequest.Builder request) {
      if (requests == null) {
        return;
      }
      if (node != null) {
        request.setNode(node);
        node = null;
      }
      requests.onNext(request.build());
    }

    @Override
    public void onNext(DeltaDiscoveryResponse response) {
      if (stream != this) {
        return;
      }
      metrics.received();
      if (!told.isEmpty()) {
        told.clear();
        log.info("controller {}:{}: connected", options.host(), options.port());
      }
      ResourceType type = ResourceType.ofUrl(response.getTypeUrl());
      if (type == null) {
        refuse(response);
        return;
      }
      try {
        Map<ResourceKey, Verdict.Rejected> malformed = received.take(type, response);
        Set<String> names = new HashSet<>();
        response.getResourcesList().forEach(resource -> names.add(resource.getName()));
        unanswered.put(type, new Unanswered(response.getNonce(), names, malformed));
        settle(this);
      } catch (RuntimeException e) {
        // A bug; gRPC would end the stream without a word about it.
        log.error("a response of the controller could not be used", e);
        throw e;
      }
    }

    private void refuse(DeltaDiscoveryResponse response) {
      Status why =
          Status.newBuilder()
              .setCode(Code.INVALID_ARGUMENT_VALUE)
              .setMessage("nobody asked for resources of type " + response.getTypeUrl())
              .build();
      metrics.answered(false);
      send(
          DeltaDiscoveryRequest.newBuilder()
              .setTypeUrl(response.getTypeUrl())
              .setResponseNonce(response.getNonce())
              .setErrorDetail(why));
    }

    @Override
    public void onError(Throwable failure) {
      Throwable cause = failure.getCause();
      Metadata metadata = io.grpc.Status.trailersFromThrowable(failure);
      boolean elsewhere = metadata != null && metadata.containsKey(ELSEWHERE);
      if (elsewhere) {
        backOff.reset(); // controllers are there, though perhaps not behind each address
      }
      ended(
          this,
          failure.getMessage() + (cause == null ? "" : " (" + cause.getMessage() + ")"),
          elsewhere ? search : backOff);
    }

    @Override
    public void onCompleted() {
      ended(this, "the controller ended the stream", backOff);
    }

    /** Asks for what is referred to now and was not before, and for nothing else any more. */
    void subscribe(Interest interest) {
      for (ResourceType type : Received.NAMED) {
        Set<String> more = interest.more().getOrDefault(type, Set.of());
        Set<String> less = interest.less().getOrDefault(type, Set.of());
        if (!more.isEmpty() || !less.isEmpty()) {
          send(
              DeltaDiscoveryRequest.newBuilder()
                  .setTypeUrl(type.url())
                  .addAllResourceNamesSubscribe(more)
                  .addAllResourceNamesUnsubscribe(less));
        }
      }
    }

    /** Answers what can be answered while the set waits. */
    void answerWaiting() {
      answer(ORDER.stream().filter(type -> type != ResourceType.LISTENER).toList());
    }

    /** Answers what has been installed. */
    void answerAll() {
      answer(ORDER);
    }

    private void answer(List<ResourceType> types) {
      for (ResourceType type : types) {
        Unanswered response = unanswered.remove(type);
        if (response != null) {
          answer(type, response);
        }
      }
    }

    /** Answers that nothing of it could be installed. */
    void answerFailed() {
      Status why =
          Status.newBuilder()
              .setCode(Code.INTERNAL_VALUE)
              .setMessage("the proxy could not apply the configuration; its log says why")
              .build();
      unanswered.forEach((type, response) -> {
        metrics.answered(false);
        send(request(type, response).setErrorDetail(why));
      });
      unanswered.clear();
    }

    /** Answers the last listeners again: what can be bound has changed. */
    void answerListenersAgain() {
      if (listeners != null && !unanswered.containsKey(ResourceType.LISTENER)) {
        answer(ResourceType.LISTENER, listeners);
      }
    }

    private void answer(ResourceType type, Unanswered response) {
      Map<ResourceKey, Verdict.Rejected> rejected = new HashMap<>(response.malformed());
      for (String name : response.names()) {
        ResourceKey key = new ResourceKey(type, name);
        if (compiled.verdicts().get(key) instanceof Verdict.Rejected verdict) {
          rejected.putIfAbsent(key, verdict);
        }
      }
      boolean ofListeners = type == ResourceType.LISTENER;
      Rejections rejections = new Rejections(rejected, ofListeners ? unbound : List.of());
      DeltaDiscoveryRequest.Builder request = request(type, response);
      if (!rejections.isEmpty()) {
        Status why = rejections.toStatus();
        request.setErrorDetail(why);
        log.warn("a part of the configuration is not used: {}", why.getMessage());
      }
      metrics.answered(rejections.isEmpty());
      if (ofListeners) {
        listeners = response;
      }
      send(request);
    }

    private static DeltaDiscoveryRequest.Builder request(ResourceType type, Unanswered response) {
      return DeltaDiscoveryRequest.newBuilder()
          .setTypeUrl(type.url())
          .setResponseNonce(response.nonce());
    }
  }

  /** Compiles what is there, and installs it if nothing is missing. */
  private void settle(Stream open) {
    compiled = rollout.compile(received.snapshot());
    Interest interest = received.want(compiled.references());
    open.subscribe(interest);
    if (interest.dropped()) {
      compiled = rollout.compile(received.snapshot());
    }
    if (received.missing().isEmpty()) {
      deadline = cancel(deadline);
      install();
    } else {
      open.answerWaiting();
      if (deadline == null) {
        deadline = thread.schedule(this::lostPatience, PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  private void lostPatience() {
    deadline = null;
    log.warn("the controller did not send in time: {}", received.missing());
    received.giveUp();
    install();
  }

  private void install() {
    Applied applied;
    try {
      applied = rollout.install();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    Stream open = stream;
    if (applied == null) {
      if (open != null) {
        open.answerFailed();
      }
      return;
    }
    boolean changed = !Set.copyOf(unbound).equals(Set.copyOf(applied.bindFailures()));
    unbound = applied.bindFailures();
    if (open != null) {
      if (changed) {
        open.answerListenersAgain();
      }
      open.answerAll();
    }
    rebind = cancel(rebind);
    if (!unbound.isEmpty()) {
      rebind = thread.schedule(this::bindAgain, REBIND_SECONDS, TimeUnit.SECONDS);
    }
    if (store != null && save == null && saved != rollout.installed()) {
      save = thread.schedule(this::save, SAVE_MILLIS, TimeUnit.MILLISECONDS);
    }
    answers.accept(applied);
  }

  /** Tries the addresses that could not be bound, unless another set is on its way. */
  private void bindAgain() {
    rebind = null;
    if (deadline == null) {
      install();
    } else {
      rebind = thread.schedule(this::bindAgain, REBIND_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void save() {
    save = null;
    if (store != null) {
      try {
        Compiled running = rollout.installed();
        store.save(running.running());
        saved = running;
      } catch (IOException e) {
        log.error("the configuration could not be stored: {}", e.toString());
      }
    }
  }

  // --- the end ---------------------------------------------------------------------------------

  /** Ends the stream; what runs goes on running. Waits up to ten seconds. */
  @Override
  public void close() {
    try {
      thread.submit(this::stop).get(10, TimeUnit.SECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("closed before", e);
    } catch (TimeoutException | ExecutionException e) {
      log.warn("a configuration is still being applied", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread.shutdownNow();
  }

  private void stop() {
    closed = true;
    credentials.close();
    Stream open = stream;
    stream = null;
    if (open != null) {
      open.end();
      metrics.connected(false);
    }
    if (save != null) {
      save = cancel(save);
      save();
    }
  }
}
