package dev.weir.proxy.server;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketException;

/**
 * A UDP socket for kwik whose first datagram takes a moment. Without it the answer to a ClientHello
 * may overtake kwik's own note that it has sent one; it then forgets the answer, and the handshake
 * never ends.
 */
final class UnhurriedSocket extends DatagramSocket {
  private static final long MOMENT_MILLIS = 20;

  private boolean hurried = true;

  UnhurriedSocket() throws SocketException {}

  /** On one thread. */
  @Override
  public void receive(DatagramPacket packet) throws IOException {
    super.receive(packet);
    if (hurried) {
      hurried = false;
      try {
        Thread.sleep(MOMENT_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException();
      }
    }
  }
}
