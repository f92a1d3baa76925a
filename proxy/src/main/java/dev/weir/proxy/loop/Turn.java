package dev.weir.proxy.loop;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A turn of an event loop: the kernel has told which sockets have something to read, and all of
 * them are served. What they give to send waits until the turn ends, and is sent one after the
 * other. Calls of one kind in a row find the kernel's code for them in the caches, and those that
 * wait for what is sent are woken once for many messages: 2 % of the CPU time of a small request.
 *
 * <p>What goes to a connection that many streams share may wait for longer, while the kernel tells
 * of several sockets at a time: answers to its streams come one after the other, a few a turn, and
 * each would be a TLS record, a call and a waking of its own.
 *
 * <p>On the loop only.
 */
public final class Turn {
  /** No message waits for more than so many others, or for more than so many sockets. */
  static final int MOST = 64;

  private static final Logger log = LoggerFactory.getLogger(Turn.class);

  private final List<Runnable> sends = new ArrayList<>(MOST);
  private List<Runnable> shared = new ArrayList<>(MOST);
  private List<Runnable> sharedNext = new ArrayList<>(MOST);
  private boolean running;
  private int batch;

  /** Sockets since the first of {@link #shared} was put off. */
  private int served;

  /**
   * Puts off what sends a message.
   *
   * @return false if no turn is running, so that there is nothing to wait for
   */
  public boolean putOff(Runnable send) {
    if (!running) {
      return false;
    }
    sends.add(send);
    if (sends.size() == MOST) {
      sendAll();
    }
    return true;
  }

  /**
   * Puts off what sends to a connection that many streams share, until a turn has found no more
   * than one socket with something to read, or {@value #MOST} of them have been served.
   */
  public void putOffShared(Runnable send) {
    if (shared.isEmpty()) {
      served = 0;
    }
    shared.add(send);
  }

  /** What {@link #putOffShared} was given has become much: it goes when the turn ends. */
  public void hurry() {
    served = MOST;
  }

  /** Whether something waits for the end of a turn, which therefore must not wait itself. */
  boolean isAwaited() {
    return !shared.isEmpty();
  }

  /** Changes whenever all that was put off is sent. */
  int batch() {
    return batch;
  }

  void begin() {
    running = true;
  }

  /**
   * Sends what was put off.
   *
   * @param sockets how many had something to read; one alone is not followed by others soon
   */
  void end(int sockets) {
    running = false;
    sendAll();
    if (shared.isEmpty()) {
      return;
    }
    served += sockets;
    if (sockets <= 1 || served >= MOST) {
      sendShared();
    }
  }

  private void sendAll() {
    // One that is put off meanwhile joins in.
    for (int i = 0; i < sends.size(); i++) {
      run(sends.get(i));
    }
    sends.clear();
    batch++;
  }

  /** One that is put off meanwhile waits for others again. */
  private void sendShared() {
    List<Runnable> due = shared;
    shared = sharedNext;
    sharedNext = due;
    for (int i = 0; i < due.size(); i++) {
      run(due.get(i));
    }
    due.clear();
  }

  private static void run(Runnable send) {
    try {
      send.run();
    } catch (RuntimeException e) {
      log.error("Sending broken by a bug", e);
    }
  }
}
