package dev.weir.standalone;

import dev.weir.addresses.AddressPool;
import dev.weir.addresses.Addresses;
import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.files.ConfigFiles;
import dev.weir.controlplane.files.Load;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.files.Sources;
import dev.weir.controlplane.files.Watcher;
import dev.weir.controlplane.resolve.ResolveOptions;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.controlplane.status.Fleet;
import dev.weir.controlplane.status.ObjectStatus;
import dev.weir.controlplane.status.StatusBook;
import dev.weir.controlplane.status.StatusText;
import dev.weir.core.api.k8s.EndpointSlice;
import dev.weir.core.problem.Problem;
import dev.weir.core.xds.Applied;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.dataplane.DataPlane;
import dev.weir.features.Features;
import dev.weir.proxy.admin.AdminPage;
import dev.weir.proxy.admin.AdminPage.Answer;
import dev.weir.proxy.source.DirectSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A gateway in one process: watches directories of YAML, runs the whole pipeline in memory, and
 * knows the status of every object. Methods may be called from any thread.
 */
public final class Standalone implements AutoCloseable {
  /** What the gateway runs and what it has to say. */
  public record State(
      Load load, Translation translation, List<ObjectStatus> statuses, @Nullable Applied applied) {
    static final State EMPTY = new State(Load.EMPTY, Translation.EMPTY, List.of(), null);

    /** Findings of the reader and of the pipeline. */
    public List<Problem> problems() {
      List<Problem> all = new ArrayList<>(load.problems());
      all.addAll(load.located(translation.resolution().report().problems()));
      return all;
    }
  }

  /** How long the proxy may take to run what it is given at the start. */
  private static final int ANSWER_SECONDS = 60;

  private final StandaloneOptions options;
  private final InstantSource clock;
  private final Consumer<State> listener;
  private final Addresses addresses;
  private final StatusBook book = new StatusBook(ResolveOptions.CONTROLLER_NAME);
  private final EchoBackends echoes = new EchoBackends();
  private final DataPlane dataPlane;
  private final DirectSource source;
  private final @Nullable LastRun lastRun;

  /** What the last run left, until the files are read. */
  private XdsSnapshot restored = XdsSnapshot.EMPTY;

  private final CountDownLatch restoredRuns = new CountDownLatch(1);
  private final CountDownLatch firstAnswer = new CountDownLatch(1);
  private final Object lock = new Object();
  private volatile State state = State.EMPTY;
  private volatile @Nullable Applied runs;

  /** What the proxy was asked to run last; guarded by {@link #lock}. */
  private XdsSnapshot published = XdsSnapshot.EMPTY;

  private @Nullable Watcher watcher;

  private Standalone(StandaloneOptions options, InstantSource clock, Consumer<State> listener)
      throws IOException {
    this.options = options;
    this.clock = clock;
    this.listener = listener;
    this.addresses =
        new Addresses(options.addressPool() == null ? null : AddressPool.of(options.addressPool()));
    StandaloneOptions.State kept = options.state();
    this.lastRun = kept == null ? null : new LastRun(kept.directory(), kept.version());
    this.dataPlane = DataPlane.start(options.dataPlane());
    this.source = new DirectSource(DataPlane.compiler(), dataPlane.proxy(), this::applied);
  }

  /**
   * Starts a gateway and waits until it runs what the directories say now.
   *
   * @param listener is told of every new state, one at a time
   * @throws IOException if a directory is missing or cannot be watched, or the access log or the
   *     admin endpoint cannot be opened
   * @throws IllegalArgumentException if an option makes no sense
   */
  public static Standalone start(StandaloneOptions options, Consumer<State> listener)
      throws IOException {
    return start(options, InstantSource.system(), listener);
  }

  /**
   * The same.
   *
   * @param clock is asked when files are read
   */
  static Standalone start(StandaloneOptions options, InstantSource clock, Consumer<State> listener)
      throws IOException {
    Standalone standalone = new Standalone(options, clock, listener);
    try {
      standalone.begin();
      return standalone;
    } catch (IOException | RuntimeException e) {
      standalone.close();
      throw e;
    }
  }

  private void begin() throws IOException {
    for (Path directory : options.directories()) {
      if (!Files.exists(directory)) {
        throw new NoSuchFileException(directory + ": there is no such file or directory");
      }
    }
    ConfigFiles files = new ConfigFiles(options.directories());
    Sources sources = files.read();
    boolean serves = lastRun != null && restore(lastRun.of(sources.checksum()));
    if (serves) {
      serveAdmin();
    }
    // Not before: a start that finds what the last run left serves without any of this.
    Pipeline pipeline = new Pipeline(Features.ALL, ResolveOptions.PROVISIONING);
    Manifests manifests = new Manifests(StandardTypes.ALL, clock);
    Load first = manifests.load(sources);
    loaded(first, pipeline);
    watcher = Watcher.start(files, manifests, first, load -> loaded(load, pipeline));
    if (!serves) {
      serveAdmin();
    }
    await(firstAnswer);
  }

  /** Serves what the last run left, if that is anything, before the files are read. */
  private boolean restore(XdsSnapshot snapshot) throws IOException {
    if (snapshot.listeners().isEmpty()) {
      return false;
    }
    restored = snapshot;
    source.restore(snapshot);
    await(restoredRuns);
    return true;
  }

  private void serveAdmin() throws IOException {
    dataPlane.serveAdmin(() -> runs, pages());
  }

  private static void await(CountDownLatch answer) throws IOException {
    try {
      if (!answer.await(ANSWER_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(
            "the proxy did not answer to its first configuration in " + ANSWER_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while starting", e);
    }
  }

  private List<AdminPage> pages() {
    return List.of(
        new AdminPage(
            "GET",
            "/status",
            "status of all objects",
            () -> Answer.json(StatusText.json(state.statuses()))),
        new AdminPage("GET", "/problems", "findings in the configuration", this::problems));
  }

  private Answer problems() {
    StringBuilder text = new StringBuilder();
    state.problems().forEach(problem -> text.append(problem).append('\n'));
    return Answer.text(200, text.toString());
  }

  /** New objects: on the watcher's thread, and once at the start. */
  @SuppressWarnings("ReferenceEquality") // the reader keeps the instance while nothing changes
  private void loaded(Load load, Pipeline pipeline) {
    synchronized (lock) {
      Load whole = load.with(load.located(echoes.follow(load.state())));
      if (load.state() == state.load().state() && state.applied() != null) {
        state = new State(whole, state.translation(), state.statuses(), state.applied());
        listener.accept(state);
        return;
      }
      Translation translation =
          load.state().equalsBut(Set.of(EndpointSlice.TYPE), state.load().state())
              ? pipeline.updateEndpoints(state.translation(), load.state())
              : pipeline.translate(load.state(), addresses.allocate(load.state()));
      List<ObjectStatus> statuses = state.statuses();
      if (statuses.isEmpty()) {
        statuses = book.write(translation.resolution().report(), Fleet.NONE, clock.instant());
      }
      state = new State(whole, translation, statuses, state.applied());
      published = translation.snapshot();
      source.publish(published);
    }
  }

  /** The proxy runs a snapshot: on the source's thread. */
  @SuppressWarnings("ReferenceEquality") // the answer to this very snapshot, not to an equal one
  private void applied(Applied answer) {
    synchronized (lock) {
      runs = answer;
      if (answer.snapshot() == published) {
        state =
            new State(
                state.load(),
                state.translation(),
                book.write(
                    state.translation().resolution().report(),
                    Fleet.of(state.translation().gateways(), answer),
                    clock.instant()),
                answer);
        listener.accept(state);
        if (lastRun != null
            && answer.verdicts().values().stream().allMatch(Verdict.Accepted.class::isInstance)) {
          lastRun.keep(state.load().checksum(), published);
        }
        restored = XdsSnapshot.EMPTY;
        firstAnswer.countDown();
      } else if (answer.snapshot() == restored) {
        restoredRuns.countDown();
      }
    }
  }

  /** What runs now. */
  public State state() {
    return state;
  }

  /** Where the admin endpoint listens, or null if there is none. */
  public @Nullable InetSocketAddress adminAddress() {
    return dataPlane.adminAddress();
  }

  /** Stops gracefully, see {@link DataPlane#leave}. */
  public void leave() throws InterruptedException {
    dataPlane.leave();
  }

  /** Not ready any more; connections end without being cut, until {@code limit}. */
  public void drain(Duration limit) {
    dataPlane.drain(limit);
  }

  /** Ends at once. */
  @Override
  public void close() {
    try {
      if (watcher != null) {
        watcher.close();
      }
      source.close();
      if (lastRun != null) {
        lastRun.close();
      }
      dataPlane.close();
      echoes.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
