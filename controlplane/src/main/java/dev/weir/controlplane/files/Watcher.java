package dev.weir.controlplane.files;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads configuration files again when they change. A change is seen through the directories, so
 * files may be written in place, renamed over or swapped by a symbolic link.
 */
public final class Watcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watcher.class);

  /** So long nothing must have happened before files are read. */
  private static final long QUIET_MILLIS = 10;

  /** But they are read after this time at the latest. */
  private static final long WAIT_MILLIS = 20;

  /** A file that has become empty is probably about to be written; it is given this time. */
  private static final long EMPTY_MILLIS = 100;

  private final ConfigFiles files;
  private final Manifests manifests;
  private final Consumer<Load> listener;
  private final WatchService service;
  private final Map<WatchKey, Watched> keys = new HashMap<>();
  private final Map<String, Integer> sizes = new HashMap<>();
  private final Thread thread;
  private Load last;

  private Watcher(ConfigFiles files, Manifests manifests, Load current, Consumer<Load> listener)
      throws IOException {
    this.files = files;
    this.manifests = manifests;
    this.last = current;
    this.listener = listener;
    this.service = FileSystems.getDefault().newWatchService();
    this.thread = new Thread(this::run, "weir-config");
    this.thread.setDaemon(true);
  }

  /**
   * Starts to watch. The manifests belong to the watcher from now on.
   *
   * @param current the load that the caller knows already; the first differing one is announced
   * @param listener gets every load that differs from the one before, on the watcher's thread
   */
  public static Watcher start(
      ConfigFiles files, Manifests manifests, Load current, Consumer<Load> listener)
      throws IOException {
    Watcher watcher = new Watcher(files, manifests, current, listener);
    watcher.thread.start();
    return watcher;
  }

  @Override
  public void close() throws IOException {
    service.close();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      reload();
      while (true) {
        if (isRelevant(service.take())) {
          settle();
          reload();
        }
      }
    } catch (ClosedWatchServiceException | InterruptedException closed) {
      LOG.debug("no longer watching {}", files.roots());
    }
  }

  /** Waits until a burst of changes is over. */
  private void settle() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WAIT_MILLIS);
    while (System.nanoTime() < end) {
      WatchKey key = service.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
      if (key == null) {
        return;
      }
      isRelevant(key);
    }
  }

  private void reload() throws InterruptedException {
    ConfigFiles.Scan scan = scan();
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(EMPTY_MILLIS);
    while (hasBecomeEmpty(scan) && System.nanoTime() < end) {
      WatchKey key = service.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (key != null) {
        isRelevant(key);
      }
      scan = scan();
    }
    sizes.clear();
    scan.sources().texts().forEach(text -> sizes.put(text.name(), text.content().length));
    Load load = manifests.load(scan.sources());
    if (load.state() != last.state() || !load.problems().equals(last.problems())) {
      last = load;
      announce(load);
    }
  }

  private void announce(Load load) {
    try {
      listener.accept(load);
    } catch (RuntimeException e) {
      LOG.error("a changed configuration could not be used", e);
    }
  }

  private boolean hasBecomeEmpty(ConfigFiles.Scan scan) {
    return scan.sources().texts().stream()
        .anyMatch(text -> text.content().length == 0 && sizes.getOrDefault(text.name(), 0) > 0);
  }

  /** Reads all; again if there were directories that are watched only now. */
  private ConfigFiles.Scan scan() {
    while (true) {
      ConfigFiles.Scan scan = files.scan();
      if (!watch(scan.directories())) {
        return scan;
      }
    }
  }

  /** Watches these directories and those that hold the roots; returns whether some are new. */
  private boolean watch(Set<Path> directories) {
    Map<Path, Watched> wanted = new HashMap<>();
    for (Path root : files.roots()) {
      Path absolute = root.toAbsolutePath().normalize();
      if (absolute.getParent() != null) {
        wanted
            .computeIfAbsent(absolute.getParent(), parent -> new Watched(new HashSet<>()))
            .names
            .add(absolute.getFileName());
      }
    }
    directories.forEach(dir -> wanted.put(dir.toAbsolutePath().normalize(), Watched.WHOLE));
    boolean added = false;
    for (Map.Entry<Path, Watched> entry : wanted.entrySet()) {
      try {
        WatchKey key =
            entry
                .getKey()
                .register(
                    service,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
        added |= keys.put(key, entry.getValue()) == null;
      } catch (IOException e) {
        LOG.warn("changes in {} will not be seen: {}", entry.getKey(), e.toString());
      }
    }
    return added;
  }

  /** Takes the events of a key; whether they may concern configuration. */
  private boolean isRelevant(WatchKey key) {
    Watched watched = keys.getOrDefault(key, Watched.WHOLE);
    boolean relevant = false;
    for (WatchEvent<?> event : key.pollEvents()) {
      relevant |= !(event.context() instanceof Path name) || watched.concerns(name, event.kind());
    }
    if (!key.reset()) {
      keys.remove(key);
      return true;
    }
    return relevant;
  }

  /**
   * What matters in a directory.
   *
   * @param names of entries; none: all of them
   */
  private record Watched(Set<Path> names) {
    static final Watched WHOLE = new Watched(Set.of());

    boolean concerns(Path name, WatchEvent.Kind<?> kind) {
      if (!names.isEmpty()) {
        return names.contains(name);
      }
      // Other files may come, go and be links or directories; being written they do not matter.
      return !kind.equals(StandardWatchEventKinds.ENTRY_MODIFY) || ConfigFiles.isConfig(name);
    }
  }
}
