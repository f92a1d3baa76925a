package dev.weir.conformance;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * A network {@code 127.n.0.0/16} of one run: gateways in its lower half, pods in its upper half.
 * Runs at the same time take different ones.
 */
final class LoopbackNetwork implements AutoCloseable {
  private static final int FIRST = 40;
  private static final int LAST = 120;
  private static final int CLAIM_PORT = 7;
  private static final int PODS = 128;

  private final int number;
  private final ServerSocket claim;
  private int pods;

  private LoopbackNetwork(int number, ServerSocket claim) {
    this.number = number;
    this.claim = claim;
  }

  /**
   * Takes a network that no other run has.
   *
   * @throws IOException if none is left, or ports below 1024 may not be bound
   */
  static LoopbackNetwork claim() throws IOException {
    for (int number = FIRST; number <= LAST; number++) {
      var socket = new ServerSocket();
      try {
        socket.bind(new InetSocketAddress(address(number, 255, 254), CLAIM_PORT));
        return new LoopbackNetwork(number, socket);
      } catch (BindException e) {
        socket.close();
        if (String.valueOf(e.getMessage()).contains("Permission denied")) {
          throw new IOException(
              "the cases use the ports 80 and 443, which this user may not bind: run as root, or"
                  + " set net.ipv4.ip_unprivileged_port_start=0",
              e);
        }
      }
    }
    throw new IOException("no free network from 127." + FIRST + " to 127." + LAST);
  }

  /** Addresses for Gateways, in CIDR notation. */
  String gatewayPool() {
    return "127." + number + ".0.0/17";
  }

  /** An address outside the pool that a Gateway may ask for. */
  String usableAddress() {
    return "127." + number + ".250.1";
  }

  /** An address that no socket of this machine can have (RFC 5737). */
  String unusableAddress() {
    return "192.0.2.77";
  }

  /** An address that no pod had before. */
  synchronized InetAddress nextPod() throws IOException {
    int pod = pods++;
    return address(number, PODS + pod / 250, 1 + pod % 250);
  }

  private static InetAddress address(int b, int c, int d) throws IOException {
    return InetAddress.getByAddress(new byte[] {127, (byte) b, (byte) c, (byte) d});
  }

  @Override
  public void close() throws IOException {
    claim.close();
  }
}
