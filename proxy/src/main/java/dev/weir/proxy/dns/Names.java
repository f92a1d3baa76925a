package dev.weir.proxy.dns;

import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.loop.Transport;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The DNS names of all endpoints: asked for when they are new, and again whenever the answer's time
 * to live is over. One for the whole process, so that a name is asked for once however many event
 * loops there are.
 */
public final class Names {
  /** For so long those who follow new names wait for them. */
  static final long PATIENCE_MILLIS = 1000;

  private final EventLoop loop;
  private final Deadlines deadlines;
  private final Resolution resolution;
  private final Listener listener;
  private final Map<String, WatchedName> watched = new HashMap<>();

  /** Who is told what names stand for; on the loop. */
  @FunctionalInterface
  public interface Listener {
    /** {@code name} has these addresses now, sorted; they are others than before. */
    void resolved(String name, List<InetAddress> addresses);
  }

  /**
   * Names that are resolved on {@code loop}.
   *
   * @param servers who is asked, the first first; empty for those of this machine
   */
  public Names(
      EventLoop loop,
      Transport transport,
      Deadlines deadlines,
      List<InetSocketAddress> servers,
      Listener listener) {
    this.loop = loop;
    this.deadlines = deadlines;
    this.resolution = new Resolution(loop, transport, servers);
    this.listener = listener;
  }

  /**
   * From now on follows these names and no others. May be called from any thread.
   *
   * @param known runs on the loop when DNS has said something about each of them, be it that it
   *     cannot be resolved; after a second in any case
   */
  public void follow(Set<String> names, Runnable known) {
    loop.execute(() -> followNow(names, known));
  }

  private void followNow(Set<String> names, Runnable known) {
    watched
        .values()
        .removeIf(name -> {
          boolean gone = !names.contains(name.name());
          if (gone) {
            name.close();
          }
          return gone;
        });
    Waiting waiting = new Waiting(names, known);
    for (String name : names) {
      watched
          .computeIfAbsent(name, added -> new WatchedName(added, resolution, deadlines, listener))
          .whenKnown(() -> waiting.isKnown(name));
    }
    if (waiting.open()) {
      loop.schedule(waiting::over, PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** Follows nothing any more. May be called from any thread. */
  public void close() {
    loop.execute(() -> {
      watched.values().forEach(WatchedName::close);
      watched.clear();
    });
  }

  /** Somebody who wants to know several names. */
  private static final class Waiting {
    private final Set<String> unknown;
    private final Runnable known;
    private boolean over;

    Waiting(Set<String> names, Runnable known) {
      this.unknown = new HashSet<>(names);
      this.known = known;
      overIfAllKnown();
    }

    void isKnown(String name) {
      unknown.remove(name);
      overIfAllKnown();
    }

    private void overIfAllKnown() {
      if (unknown.isEmpty()) {
        over();
      }
    }

    boolean open() {
      return !over;
    }

    void over() {
      if (!over) {
        over = true;
        known.run();
      }
    }
  }
}
