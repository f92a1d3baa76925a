package dev.weir.fleet;

import dev.weir.core.time.Ticker;
import dev.weir.core.xds.Applied;
import dev.weir.dataplane.DataPlane;
import dev.weir.proxy.observe.ControlPlaneMetrics;
import dev.weir.proxy.source.Rollout;
import dev.weir.proxy.source.SnapshotStore;
import dev.weir.proxy.source.ads.AdsSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A proxy that runs what a controller sends, and until that comes what ran before. Methods may be
 * called from any thread.
 */
public final class FleetProxy implements AutoCloseable {
  private final DataPlane dataPlane;
  private volatile @Nullable Applied applied;
  private @Nullable AdsSource source;

  private FleetProxy(DataPlane dataPlane) {
    this.dataPlane = dataPlane;
  }

  /**
   * Starts one; does not wait for the controller.
   *
   * @param listener is told what runs each time that it changes
   * @throws IOException if the stored configuration cannot be kept where the options say, or the
   *     access log or the admin endpoint cannot be opened
   */
  public static FleetProxy start(FleetOptions options, Consumer<Applied> listener)
      throws IOException {
    Path directory = options.stateDirectory();
    SnapshotStore store =
        directory == null
            ? null
            : SnapshotStore.open(directory, options.stateKey(), options.controller().serves());
    FleetProxy proxy = new FleetProxy(DataPlane.start(options.dataPlane()));
    try {
      proxy.begin(options, store, listener);
      return proxy;
    } catch (IOException | RuntimeException e) {
      proxy.close();
      throw e;
    }
  }

  private void begin(
      FleetOptions options, @Nullable SnapshotStore store, Consumer<Applied> listener)
      throws IOException {
    ControlPlaneMetrics metrics = new ControlPlaneMetrics(Ticker.system());
    metrics.register(dataPlane.registry());
    dataPlane.serveAdmin(() -> applied, List.of());
    AdsSource made =
        new AdsSource(
            options.controller(),
            new Rollout(DataPlane.compiler(), dataPlane.proxy()),
            store,
            answer -> {
              applied = answer;
              listener.accept(answer);
            },
            metrics);
    source = made;
    made.start();
  }

  /** Where the admin endpoint listens, or null if there is none. */
  public @Nullable InetSocketAddress adminAddress() {
    return dataPlane.adminAddress();
  }

  /** Stops gracefully, see {@link DataPlane#leave}. */
  public void leave() throws InterruptedException {
    dataPlane.leave();
  }

  /** Ends at once. */
  @Override
  public void close() {
    if (source != null) {
      source.close();
    }
    dataPlane.close();
  }
}
