package dev.weir.controlplane.files;

import dev.weir.controlplane.decode.SourceText;
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
import java.util.List;
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

  private static final List<WatchEvent.Kind<Path>> ANYTHING =
      List.of(
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_DELETE,
          StandardWatchEventKinds.ENTRY_MODIFY);

  /**
   * Beside a directory of configuration there may be logs: each line would wake two threads, on
   * cores that serve.
   */
  private static final List<WatchEvent.Kind<Path>> COMES_OR_GOES =
      List.of(StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);

  private final ConfigFiles files;
  private final FileTree tree;
  private final Manifests manifests;
  private final Consumer<Load> listener;
  private final WatchService service;
  private final Map<WatchKey, Watched> keys = new HashMap<>();
  private final Thread thread;
  private Load last;

  /** What was read last. */
  private Sources read;

  /** What has changed since files were read last. */
  private final Set<Path> touched = new HashSet<>();

  /** Whether more may have changed than {@link #touched} says. */
  private boolean unsure = true;

  private Watcher(ConfigFiles files, Manifests manifests, Load current, Consumer<Load> listener)
      throws IOException {
    this.files = files;
    this.tree = new FileTree(files.roots(), manifests::shared);
    this.manifests = manifests;
    this.last = current;
    this.read = current.sources();
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
    Sources sources = read();
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(EMPTY_MILLIS);
    while (hasBecomeEmpty(sources) && System.nanoTime() < end) {
      WatchKey key = service.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (key != null) {
        isRelevant(key);
      }
      sources = read();
    }
    read = sources;
    Load load = manifests.load(sources);
    if (!load.equals(last)) {
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

  private boolean hasBecomeEmpty(Sources now) {
    Set<String> empty = new HashSet<>();
    for (SourceText text : now.texts()) {
      if (text.content().length == 0) {
        empty.add(text.name());
      }
    }
    return !empty.isEmpty()
        && read.texts().stream()
            .anyMatch(text -> text.content().length > 0 && empty.contains(text.name()));
  }

  /** Reads what has changed; all, and again if there were directories not watched before. */
  private Sources read() {
    boolean known = !unsure && tree.follow(touched);
    unsure = false;
    touched.clear();
    if (!known) {
      do {
        tree.scan();
      } while (watch(tree.directories()));
    }
    return tree.sources();
  }

  /** Watches these directories and those that hold the roots; returns whether some are new. */
  private boolean watch(Set<Path> directories) {
    Map<Path, Watched> wanted = new HashMap<>();
    for (Path root : files.roots()) {
      Path absolute = root.toAbsolutePath().normalize();
      if (absolute.getParent() != null) {
        Watched holder =
            wanted.computeIfAbsent(
                absolute.getParent(),
                parent -> new Watched(parent, new HashSet<>(), COMES_OR_GOES));
        holder.names.add(absolute.getFileName());
        if (!directories.contains(absolute)) {
          // Not a directory that could be read: that may change without anything coming or going.
          wanted.put(holder.directory, new Watched(holder.directory, holder.names, ANYTHING));
        }
      }
    }
    directories.forEach(dir -> wanted.put(dir, new Watched(dir, Set.of(), ANYTHING)));
    boolean added = false;
    for (Watched watched : wanted.values()) {
      try {
        WatchKey key =
            watched.directory.register(service, watched.kinds.toArray(new WatchEvent.Kind<?>[0]));
        added |= keys.put(key, watched) == null;
      } catch (IOException e) {
        LOG.warn("changes in {} will not be seen: {}", watched.directory, e.toString());
      }
    }
    return added;
  }

  /** Takes the events of a key; whether they may concern configuration. */
  private boolean isRelevant(WatchKey key) {
    Watched watched = keys.get(key);
    boolean relevant = false;
    for (WatchEvent<?> event : key.pollEvents()) {
      if (watched == null || !(event.context() instanceof Path name)) {
        unsure = true;
        relevant = true;
      } else if (watched.concerns(name, event.kind())) {
        touched.add(watched.directory.resolve(name));
        relevant = true;
      }
    }
    if (!key.reset()) {
      keys.remove(key);
      unsure = true;
      return true;
    }
    return relevant;
  }

  /**
   * What matters in a directory.
   *
   * @param directory where it is now: the key of one that was moved still has its old path
   * @param names of entries; none: all of them
   * @param kinds of events, which the kernel picks out
   */
  private record Watched(Path directory, Set<Path> names, List<WatchEvent.Kind<Path>> kinds) {
    boolean concerns(Path name, WatchEvent.Kind<?> kind) {
      if (!names.isEmpty()) {
        return names.contains(name);
      }
      // Other files may come, go and be links or directories; being written they do not matter.
      return !kind.equals(StandardWatchEventKinds.ENTRY_MODIFY) || ConfigFiles.isConfig(name);
    }
  }
}
