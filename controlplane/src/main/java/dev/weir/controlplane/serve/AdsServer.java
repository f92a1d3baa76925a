package dev.weir.controlplane.serve;

import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.Reconnection;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The xDS server: tells proxies what they are to run, and remembers what they answer. Any thread.
 */
public final class AdsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AdsServer.class);

  /** Of a request: it may name all resources that a client has. */
  private static final int MAX_REQUEST_BYTES = 16 << 20;

  private static final int MAX_METADATA_BYTES = 16 << 10;

  /** Time in which a client that is asked whether it is there must answer. */
  private static final long KEEP_ALIVE_ANSWER_MILLIS = 10_000;

  /** Between two times that a client may ask. */
  private static final long SHORTEST_KEEP_ALIVE_MILLIS = 5_000;

  private static final long HANDSHAKE_MILLIS = 10_000;

  /**
   * A connection without a call is closed. Clients of other projects keep theirs after they were
   * sent away, and would ask the same controller again and again.
   */
  private static final long IDLE_MILLIS = 1_000;

  /** Of one connection. */
  private static final int MOST_CALLS = 16;

  /** For streams to end, once it stops. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** Why clients are sent away, in the metadata of that. */
  private static final Metadata.Key<String> ELSEWHERE =
      Metadata.Key.of(Reconnection.ELSEWHERE, Metadata.ASCII_STRING_MARSHALLER);

  private final Consumer<List<ProxyState>> changed;
  private final Supplier<@Nullable String> elsewhere;
  private final ExecutorService workers =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("weir-serve-", 0).factory());
  private final ScheduledThreadPoolExecutor notices =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("weir-serve-notices").factory());
  private final AtomicBoolean noticeIsDue = new AtomicBoolean();

  /** By number, and so in the order in which they came. */
  private final Map<Long, Open> streams = new ConcurrentSkipListMap<>();

  private final AtomicLong opened = new AtomicLong();
  private final Server server;
  private volatile @Nullable Published published;

  /**
   * A stream that is open.
   *
   * @param expiry ends it with the certificate of its client; null if there is none
   */
  private record Open(DiscoveryStream stream, @Nullable Future<?> expiry) {}

  private AdsServer(
      ServeOptions options,
      Supplier<@Nullable String> elsewhere,
      Consumer<List<ProxyState>> changed) {
    this.elsewhere = elsewhere;
    this.changed = changed;
    notices.setRemoveOnCancelPolicy(true);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(options.address(), credentials(options.tls()))
            .executor(workers)
            .maxInboundMessageSize(MAX_REQUEST_BYTES)
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .maxConcurrentCallsPerConnection(MOST_CALLS)
            .handshakeTimeout(HANDSHAKE_MILLIS, TimeUnit.MILLISECONDS)
            .keepAliveTime(options.keepAlive().toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveTimeout(KEEP_ALIVE_ANSWER_MILLIS, TimeUnit.MILLISECONDS)
            .permitKeepAliveTime(SHORTEST_KEEP_ALIVE_MILLIS, TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(true)
            .maxConnectionIdle(IDLE_MILLIS, TimeUnit.MILLISECONDS)
            .intercept(new Introduction())
            .addService(new DiscoveryService(this::open, this::close));
    ServeTls tls = options.tls();
    if (tls != null && tls.issuing() != null) {
      builder.addService(new IdentityService(tls.issuing()));
    }
    this.server = builder.build();
  }

  /** Starts one that serves whoever comes. */
  public static AdsServer start(ServeOptions options, Consumer<List<ProxyState>> changed)
      throws IOException {
    return start(options, () -> null, changed);
  }

  /**
   * Starts it. Clients wait until something is published.
   *
   * @param elsewhere asked for each stream: why the client has to ask another controller, or null
   *     if it is welcome. Certificates are issued in any case
   * @param changed told (on a thread of the server's own, coalesced, never concurrently) whenever a
   *     proxy came, went or answered
   * @throws IOException if it cannot listen
   */
  public static AdsServer start(
      ServeOptions options,
      Supplier<@Nullable String> elsewhere,
      Consumer<List<ProxyState>> changed)
      throws IOException {
    AdsServer started = new AdsServer(options, elsewhere, changed);
    try {
      started.server.start();
    } catch (IOException e) {
      started.close();
      throw new IOException(
          "cannot listen on %s: %s"
              .formatted(options.address(), (e.getCause() == null ? e : e.getCause()).getMessage()),
          e);
    }
    return started;
  }

  private static ServerCredentials credentials(@Nullable ServeTls tls) {
    return tls == null
        ? InsecureServerCredentials.create()
        : TlsServerCredentials.newBuilder()
            .keyManager(tls.identity().keyManager())
            .trustManager(tls.identity().trustManager())
            // Who asks for its first certificate has none.
            .clientAuth(ClientAuth.OPTIONAL)
            .build();
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) server.getListenSockets().getFirst();
  }

  /** What proxies are to run from now on. Returns at once. */
  public void publish(Publication publication) {
    published = new Published(publication);
    for (Open open : streams.values()) {
      if (open.stream.isNewlyDue()) {
        run(open.stream::push);
      }
    }
  }

  private void run(Runnable task) {
    try {
      workers.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("the server is closed", e);
    }
  }

  /** The proxies that are connected; of one name, the one that came last. */
  public List<ProxyState> proxies() {
    Map<String, ProxyState> proxies = new LinkedHashMap<>();
    for (Open open : streams.values()) {
      ProxyState state = open.stream.state();
      if (state != null) {
        proxies.put(state.node(), state);
      }
    }
    return List.copyOf(proxies.values());
  }

  // --- streams -----------------------------------------------------------------------------------

  /** Says to services who is there, and keeps out who has to show a certificate first. */
  private final class Introduction implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata head, ServerCallHandler<Q, A> next) {
      Peer peer = Peer.of(call.getAttributes());
      boolean asksForCertificate =
          IdentityService.NAME.equals(call.getMethodDescriptor().getServiceName());
      if (peer instanceof Peer.Anonymous && !asksForCertificate) {
        call.close(
            Status.PERMISSION_DENIED.withDescription(peer.refusal("<node.cluster>")),
            new Metadata());
        return new ServerCall.Listener<>() {};
      }
      String where = asksForCertificate ? null : elsewhere.get();
      if (where != null) {
        call.close(sentAway(where), sentAway());
        return new ServerCall.Listener<>() {};
      }
      return Contexts.interceptCall(Context.current().withValue(Peer.KEY, peer), call, head, next);
    }
  }

  private DiscoveryStream open(Wire wire, Peer peer) {
    long number = opened.incrementAndGet();
    DiscoveryStream stream = new DiscoveryStream(number, wire, peer, () -> published, this::notice);
    Future<?> expiry =
        peer instanceof Peer.Certified certified ? endAt(certified.until(), stream) : null;
    streams.put(number, new Open(stream, expiry));
    if (elsewhere.get() != null) {
      run(this::sendAway); // it changed since the client was let in
    }
    return stream;
  }

  /** Ends all streams if their clients have to ask another controller now. */
  public void sendAway() {
    String where = elsewhere.get();
    if (where != null) {
      for (Open open : streams.values()) {
        open.stream.end(sentAway(where), sentAway());
      }
    }
  }

  private static Status sentAway(String where) {
    return Status.UNAVAILABLE.withDescription(where + "; this controller serves no proxies");
  }

  private static Metadata sentAway() {
    Metadata metadata = new Metadata();
    metadata.put(ELSEWHERE, "");
    return metadata;
  }

  /** A stream is not good for longer than the certificate of its client. */
  private Future<?> endAt(Instant until, DiscoveryStream stream) {
    Status status =
        Status.UNAUTHENTICATED.withDescription("the client certificate ran out at " + until);
    return notices.schedule(
        () -> run(() -> stream.end(status)),
        Math.max(0, Duration.between(Instant.now(), until).toMillis()),
        TimeUnit.MILLISECONDS);
  }

  private void close(DiscoveryStream stream) {
    Open open = streams.remove(stream.number());
    if (open != null) {
      stream.closed();
      if (open.expiry != null) {
        open.expiry.cancel(false);
      }
      notice();
    }
  }

  private void notice() {
    if (noticeIsDue.compareAndSet(false, true)) {
      try {
        notices.execute(() -> {
          noticeIsDue.set(false);
          try {
            changed.accept(proxies());
          } catch (RuntimeException e) {
            LOG.error("what proxies answered was not taken", e);
          }
        });
      } catch (RejectedExecutionException e) {
        LOG.debug("the server is closed", e);
      }
    }
  }

  /** Ends all streams. */
  @Override
  public void close() {
    server.shutdown();
    for (Open open : streams.values()) {
      open.stream.end(Status.UNAVAILABLE.withDescription("the controller stops"));
    }
    try {
      if (!server.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        server.shutdownNow().awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    notices.shutdownNow();
    workers.shutdownNow();
  }
}
