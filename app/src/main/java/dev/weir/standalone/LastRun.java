package dev.weir.standalone;

import dev.weir.core.xds.XdsSnapshot;
import dev.weir.proxy.source.SnapshotStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a gateway ran last, and which files that came from: the next one that finds the same files
 * serves it before it has read them. Methods may be called from any thread.
 */
final class LastRun implements AutoCloseable {
  /** What ran is stored so much later, with what came in between. */
  static final int SAVE_MILLIS = 1000;

  private static final Logger log = LoggerFactory.getLogger(LastRun.class);

  private final Path directory;
  private final String version;
  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(
          1, task -> Thread.ofPlatform().name("weir-last-run").daemon().unstarted(task));

  /** What is to be stored; guarded by this. */
  private @Nullable Run waiting;

  /** What is stored, or will be. */
  private String kept = "";

  private record Run(String checksum, XdsSnapshot snapshot) {}

  /**
   * The last run that is stored in a directory.
   *
   * @param version of Weir: another one may make something else of the same files
   */
  LastRun(Path directory, String version) {
    this.directory = directory;
    this.version = version;
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * What ran for the files with this checksum; empty if it is not known.
   *
   * @throws IOException if the directory cannot be used
   */
  synchronized XdsSnapshot of(String checksum) throws IOException {
    SnapshotStore store;
    try {
      store = store(checksum);
    } catch (IOException e) {
      throw new IOException("the state directory %s cannot be used: %s".formatted(directory, e), e);
    }
    if (!store.holds()) {
      return XdsSnapshot.EMPTY;
    }
    XdsSnapshot snapshot = store.load();
    if (!snapshot.listeners().isEmpty()) {
      kept = checksum;
    }
    return snapshot;
  }

  /** Keeps what runs, soon; says so if that fails. */
  synchronized void keep(String checksum, XdsSnapshot snapshot) {
    if (checksum.equals(kept)) {
      return;
    }
    kept = checksum;
    if (waiting == null) {
      thread.schedule(this::save, SAVE_MILLIS, TimeUnit.MILLISECONDS);
    }
    waiting = new Run(checksum, snapshot);
  }

  private void save() {
    Run run;
    synchronized (this) {
      run = waiting;
      waiting = null;
    }
    if (run == null) {
      return;
    }
    try {
      store(run.checksum).save(run.snapshot);
    } catch (IOException | RuntimeException e) {
      log.error("the next start will have to read the files first: {}", e.toString());
      synchronized (this) {
        kept = "";
      }
    }
  }

  private SnapshotStore store(String checksum) throws IOException {
    return SnapshotStore.open(directory, null, "files " + checksum + " read by " + version);
  }

  /** Stores what waits, and ends. */
  @Override
  public void close() {
    thread.close();
    save();
  }
}
