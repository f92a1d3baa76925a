package dev.weir.conformance;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * A network {@code 127.n.0.0/16} or {@code 10.n.0.0/16} of one run: gateways in its lower half,
 * pods in its upper half. Runs at the same time take different ones.
 */
public final class RunNetwork implements AutoCloseable {
  /** Where the addresses of a run come from; all of it must be the machine's own. */
  public enum Range {
    /** What every machine has to itself. API servers do not take it for endpoints. */
    LOOPBACK(127),

    /**
     * Addresses as pods have them, where {@code ip route add local 10.0.0.0/8 dev lo} made them the
     * machine's own; best in a network namespace.
     */
    PODS(10);

    private final int first;

    Range(int first) {
      this.first = first;
    }

    private InetAddress address(int b, int c, int d) throws IOException {
      return InetAddress.getByAddress(new byte[] {(byte) first, (byte) b, (byte) c, (byte) d});
    }
  }

  private static final int FIRST = 40;
  private static final int LAST = 120;
  private static final int CLAIM_PORT = 7;
  private static final int PODS = 128;

  private final Range range;
  private final int number;
  private final ServerSocket claim;
  private int pods;

  private RunNetwork(Range range, int number, ServerSocket claim) {
    this.range = range;
    this.number = number;
    this.claim = claim;
  }

  /**
   * Takes a network that no other run has.
   *
   * @throws IOException if none is left, or ports below 1024 may not be bound
   */
  static RunNetwork claim(Range range) throws IOException {
    for (int number = FIRST; number <= LAST; number++) {
      var socket = new ServerSocket();
      try {
        socket.bind(new InetSocketAddress(range.address(number, 255, 254), CLAIM_PORT));
        return new RunNetwork(range, number, socket);
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
    throw new IOException(
        "no free network from %d.%d to %d.%d".formatted(range.first, FIRST, range.first, LAST));
  }

  /** Addresses for Gateways, in CIDR notation. */
  String gatewayPool() {
    return range.first + "." + number + ".0.0/17";
  }

  /** An address outside the pool that a Gateway may ask for. */
  String usableAddress() {
    return range.first + "." + number + ".250.1";
  }

  /** An address that no socket of this machine can have (RFC 5737). */
  String unusableAddress() {
    return "192.0.2.77";
  }

  /** An address that no pod had before. */
  synchronized InetAddress nextPod() throws IOException {
    int pod = pods++;
    return range.address(number, PODS + pod / 250, 1 + pod % 250);
  }

  @Override
  public void close() throws IOException {
    claim.close();
  }
}
