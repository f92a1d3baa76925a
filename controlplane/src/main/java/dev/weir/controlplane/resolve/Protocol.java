package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.GatewayTopology.Transport;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What listeners speak, as {@code protocol} names it. */
enum Protocol {
  HTTP(Sorting.HOST, Transport.TCP),
  HTTPS(Sorting.SERVER_NAME, Transport.TCP),
  TLS(Sorting.SERVER_NAME, Transport.TCP),
  TCP(Sorting.NONE, Transport.TCP),
  UDP(Sorting.NONE, Transport.UDP);

  /** How the connections of several listeners on one port are told apart. */
  enum Sorting {
    /** By the Host field. */
    HOST,
    /** By the server name of the TLS handshake. */
    SERVER_NAME,
    /** Not at all: there can be one listener only. */
    NONE
  }

  private final Sorting sorting;
  private final Transport transport;

  Protocol(Sorting sorting, Transport transport) {
    this.sorting = sorting;
    this.transport = transport;
  }

  Sorting sorting() {
    return sorting;
  }

  Transport transport() {
    return transport;
  }

  /** The protocol of that name, or null for one that Weir does not know. */
  static @Nullable Protocol named(String name) {
    return Arrays.stream(values())
        .filter(protocol -> protocol.name().equals(name))
        .findFirst()
        .orElse(null);
  }
}
