package dev.weir.proxy.udp;

import java.net.InetSocketAddress;
import java.util.Arrays;

/**
 * A client's address as seen by one listen socket. Comparable, so that a hash table stays fast when
 * somebody forges addresses whose hashes collide.
 *
 * @param socket number of the listen socket
 */
record Client(int socket, InetSocketAddress address) implements Comparable<Client> {
  @Override
  public int compareTo(Client that) {
    int order = Integer.compare(socket, that.socket);
    if (order == 0) {
      order = Integer.compare(address.getPort(), that.address.getPort());
    }
    return order != 0
        ? order
        : Arrays.compare(address.getAddress().getAddress(), that.address.getAddress().getAddress());
  }
}
