package dev.weir.proxy.server;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes to somebody who does not read at first, and tells how much got out until nothing moved.
 */
final class StuckWriter {
  private static final long QUIET_MILLIS = 1000;

  private final AtomicLong written = new AtomicLong();
  private final Thread thread;

  StuckWriter(Peer peer, byte[] piece, int pieces) {
    thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                for (int i = 0; i < pieces; i++) {
                  peer.send(piece);
                  written.addAndGet(piece.length);
                }
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
  }

  /** Waits until nothing has got out for a second. */
  long bytesUntilStuck() throws InterruptedException {
    long before = -1;
    while (written.get() != before) {
      before = written.get();
      Thread.sleep(QUIET_MILLIS);
    }
    return before;
  }

  /** Waits for the end of the writing. */
  void finish() throws InterruptedException {
    thread.join();
  }
}
