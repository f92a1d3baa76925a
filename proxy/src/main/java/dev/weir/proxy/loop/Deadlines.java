package dev.weir.proxy.loop;

import dev.weir.core.time.Ticker;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Coarse deadlines for one event loop. Setting and clearing one, as every request does, writes a
 * field; no timer is started, moved or cancelled. A tick looks at the armed ones: every 10 ms at
 * those due within two seconds of being set, every 500 ms at the others.
 *
 * <p>A deadline fires at its time or one tick later, never earlier. All calls on the loop.
 */
public final class Deadlines {
  private static final long NEVER = Long.MAX_VALUE;
  private static final long SHORT_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long SHORT_TICK_MILLIS = 10;
  private static final long LONG_TICK_MILLIS = 500;

  private final EventLoop loop;
  private final Ticker ticker;
  private final Ring soon = new Ring(SHORT_TICK_MILLIS);
  private final Ring later = new Ring(LONG_TICK_MILLIS);
  private long recent;

  public Deadlines(EventLoop loop, Ticker ticker) {
    this.loop = loop;
    this.ticker = ticker;
    this.recent = ticker.nanos();
  }

  /** A deadline that runs {@code action} when it fires; not armed yet. */
  public Deadline create(Runnable action) {
    return new Deadline(action);
  }

  /** The loop's clock, nanoseconds. */
  public long now() {
    recent = ticker.nanos();
    return recent;
  }

  /**
   * What {@link #now} said last. For those who know that it was asked a moment ago, in the same
   * call of the loop: reading the clock takes a noticeable part of the time of a request.
   */
  public long recent() {
    return recent;
  }

  /** One deadline: armed or not, used again and again. */
  public final class Deadline {
    private final Runnable action;
    private long at = NEVER;
    private @Nullable Ring ring;
    private @Nullable Deadline before;
    private @Nullable Deadline next;

    private Deadline(Runnable action) {
      this.action = action;
    }

    /** Fires {@code nanos} from now, instead of whenever it was to fire; 0 clears it. */
    public void set(long nanos) {
      if (nanos <= 0) {
        clear();
      } else {
        set(nanos, now());
      }
    }

    /** As {@link #set(long)}, but {@code nanos} from {@code start}, a time of this clock. */
    public void set(long nanos, long start) {
      if (nanos <= 0) {
        clear();
        return;
      }
      at = start + nanos;
      Ring wanted = nanos <= SHORT_NANOS ? soon : later;
      // One that waits in the coarse ring and is needed sooner moves; the reverse can stay.
      if (ring == null || (ring == later && wanted == soon)) {
        if (ring != null) {
          ring.unlink(this);
        }
        wanted.link(this);
      }
    }

    /**
     * Does not fire until set again. The loop may hold the action for half a second more; see
     * {@link #cancel}.
     */
    public void clear() {
      at = NEVER;
    }

    /**
     * Does not fire until set again, and the loop lets go of the action at once. For the end of
     * what the action belongs to: thousands of connections that end in a second would live until
     * the next tick, and a collector that comes earlier takes them for old.
     */
    public void cancel() {
      at = NEVER;
      if (ring != null) {
        ring.unlink(this);
      }
    }

    /** Whether it is set. */
    public boolean armed() {
      return at != NEVER;
    }
  }

  /** Deadlines looked at together. */
  private final class Ring {
    private final long tickMillis;
    private @Nullable Deadline first;
    private @Nullable ScheduledFuture<?> tick;
    private final ArrayList<Deadline> due = new ArrayList<>();

    Ring(long tickMillis) {
      this.tickMillis = tickMillis;
    }

    void link(Deadline deadline) {
      deadline.ring = this;
      deadline.next = first;
      if (first != null) {
        first.before = deadline;
      }
      first = deadline;
      if (tick == null) {
        tick =
            loop.scheduleWithFixedDelay(this::tick, tickMillis, tickMillis, TimeUnit.MILLISECONDS);
      }
    }

    void unlink(Deadline deadline) {
      Deadline before = deadline.before;
      Deadline next = deadline.next;
      if (before == null) {
        first = next;
      } else {
        before.next = next;
      }
      if (next != null) {
        next.before = before;
      }
      // Nothing that ended is to keep alive what was beside it.
      deadline.before = null;
      deadline.next = null;
      deadline.ring = null;
    }

    private void tick() {
      long now = now();
      @Nullable Deadline next;
      for (Deadline d = first; d != null; d = next) {
        next = d.next;
        if (d.at != NEVER && d.at - now > 0) {
          continue;
        }
        unlink(d);
        if (d.at != NEVER) {
          due.add(d);
        }
      }
      if (first == null && tick != null) {
        tick.cancel(false);
        tick = null;
      }
      // Actions run last: they may set, clear or create deadlines, also those found due here.
      for (int i = 0; i < due.size(); i++) {
        Deadline d = due.get(i);
        if (d.at != NEVER && d.at - now <= 0) {
          d.at = NEVER;
          d.action.run();
        }
      }
      due.clear();
    }
  }
}
