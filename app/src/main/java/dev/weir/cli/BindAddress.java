package dev.weir.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** Reads addresses of this machine, and of servers that are asked. */
final class BindAddress {
  private BindAddress() {}

  /** The address in {@code HOST:PORT}, or null if it is none. */
  static @Nullable InetSocketAddress of(String text) {
    int colon = text.lastIndexOf(':');
    try {
      return new InetSocketAddress(
          InetAddress.getByName(text.substring(0, colon)),
          Integer.parseInt(text.substring(colon + 1)));
    } catch (IndexOutOfBoundsException | IllegalArgumentException | UnknownHostException e) {
      return null;
    }
  }
}
