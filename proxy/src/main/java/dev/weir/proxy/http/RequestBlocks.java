package dev.weir.proxy.http;

import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import java.util.ArrayDeque;

/**
 * The request heads of one connection, used again and again, and the header block that fills the
 * next one.
 */
public final class RequestBlocks {
  private static final int HEAD_BYTES = 1024;
  private static final int KEPT = 32;
  private static final int KEPT_BYTES = 8 * 1024;

  private final ArrayDeque<RequestHead> free = new ArrayDeque<>();
  private final HeaderBlock block = new HeaderBlock();
  private final int maxBytes;
  private final int maxCount;
  private RequestHead next = create();

  public RequestBlocks(int maxBytes, int maxCount) {
    this.maxBytes = maxBytes;
    this.maxCount = maxCount;
  }

  /** A block is about to be decoded. */
  public HeaderBlock begin() {
    next.clear();
    return block.begin(next.fields(), maxBytes, maxCount);
  }

  /** The block decoded last. */
  public HeaderBlock block() {
    return block;
  }

  /** The head that the last block has filled; it is the caller's until given back. */
  public RequestHead take() {
    RequestHead taken = next;
    RequestHead free = this.free.poll();
    next = free == null ? create() : free;
    return taken;
  }

  public void giveBack(RequestHead head) {
    if (free.size() < KEPT && head.bytes().length <= KEPT_BYTES) {
      free.push(head);
    }
  }

  private static RequestHead create() {
    return new RequestHead(new Fields(HEAD_BYTES));
  }
}
