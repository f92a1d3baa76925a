package dev.weir.proxy.exchange;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.plan.AddressRange;
import dev.weir.proxy.plan.TrustedProxies;
import io.netty.util.NetUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who the client of one request is: the peer, or, behind trusted proxies, whom they name in {@code
 * X-Forwarded-For}. The chain is read from its right end, where the nearest proxy appended. A chain
 * that is too short for the rule did not come through the trusted proxies: then the peer is the
 * client, and nothing it says is believed.
 */
final class ClientAddress {
  private byte[] bytes = {};
  private int start;
  private int end;
  private boolean chainTrusted;

  // Where the reading of the chain, from right to left, stands.
  private int slot;
  private int rest;

  /** Finds the client of {@code head}, which came from {@code peer}. */
  void resolve(RequestHead head, byte[] peer, TrustedProxies rule) {
    chainTrusted =
        switch (rule) {
          case TrustedProxies.Hops hops -> hops.count() > 0 && byHops(head.fields(), hops.count());
          case TrustedProxies.Ranges ranges -> byRanges(head.fields(), peer, ranges.ranges());
        };
    if (!chainTrusted) {
      bytes = peer;
      start = 0;
      end = peer.length;
    } else if (end < 0) {
      bytes = peer;
      start = 0;
      end = peer.length;
    }
  }

  /** Whether the forwarding fields that came with the request are those of trusted proxies. */
  boolean chainTrusted() {
    return chainTrusted;
  }

  /** The address; allocates. */
  String text() {
    return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
  }

  /** Holds the address as ASCII from {@link #start} to {@link #end}. */
  byte[] bytes() {
    return bytes;
  }

  int start() {
    return start;
  }

  int end() {
    return end;
  }

  private boolean byHops(Fields fields, int hops) {
    startReading(fields);
    for (int hop = 0; hop < hops; hop++) {
      if (!readEntry(fields)) {
        return false;
      }
    }
    return isAddress();
  }

  private boolean byRanges(Fields fields, byte[] peer, List<AddressRange> ranges) {
    if (!contains(ranges, new String(peer, StandardCharsets.US_ASCII))) {
      return false;
    }
    startReading(fields);
    // A trusted peer that names nobody is itself the client.
    while (readEntry(fields)) {
      if (!isAddress()) {
        return false;
      }
      if (!contains(ranges, text())) {
        return true;
      }
    }
    return true;
  }

  private static boolean contains(List<AddressRange> ranges, String text) {
    byte @Nullable [] address = NetUtil.createByteArrayFromIpAddressString(text);
    if (address == null) {
      return false;
    }
    for (int i = 0; i < ranges.size(); i++) {
      if (ranges.get(i).contains(address)) {
        return true;
      }
    }
    return false;
  }

  private void startReading(Fields fields) {
    bytes = fields.bytes();
    slot = fields.slots();
    rest = -1;
    start = 0;
    end = -1;
  }

  /** Puts the next entry to the left into start and end; false if there is none. */
  private boolean readEntry(Fields fields) {
    while (true) {
      if (rest < 0) {
        slot = previous(fields, slot);
        if (slot < 0) {
          return false;
        }
        rest = fields.valueEnd(slot);
      }
      int from = fields.valueStart(slot);
      int right = rest;
      int left = right;
      while (left > from && bytes[left - 1] != ',') {
        left--;
      }
      rest = left > from ? left - 1 : -1;
      if (trim(left, right)) {
        return true;
      }
    }
  }

  private static int previous(Fields fields, int before) {
    int id = HeaderName.X_FORWARDED_FOR.id();
    for (int i = before - 1; i >= 0; i--) {
      if (fields.isLive(i) && fields.id(i) == id) {
        return i;
      }
    }
    return -1;
  }

  /** Takes white space, brackets and port off; false if nothing is left. */
  private boolean trim(int left, int right) {
    int from = left;
    int to = right;
    while (from < to && blank(bytes[from])) {
      from++;
    }
    while (to > from && blank(bytes[to - 1])) {
      to--;
    }
    if (from == to) {
      return false;
    }
    if (bytes[from] == '[') {
      from++;
      int close = from;
      while (close < to && bytes[close] != ']') {
        close++;
      }
      to = close;
    } else {
      int colon = indexOf((byte) ':', from, to);
      if (colon >= 0 && indexOf((byte) ':', colon + 1, to) < 0) {
        to = colon;
      }
    }
    start = from;
    end = to;
    return true;
  }

  private int indexOf(byte wanted, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private static boolean blank(byte b) {
    return b == ' ' || b == '\t';
  }

  private boolean isAddress() {
    String text = text();
    return NetUtil.isValidIpV4Address(text) || NetUtil.isValidIpV6Address(text);
  }
}
