package dev.weir.proxy.exchange;

import dev.weir.core.failure.Reason;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.FilterExchange;
import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.Step;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The filters at work on one exchange. Requests pass them in order, responses in reverse order,
 * through those that the request has passed. A filter is opened when the request reaches it.
 *
 * <p>Each method goes on where the same method stopped with {@link Step.Hold}. A filter that throws
 * is a bug: the request is answered with 500.
 */
final class FilterChain {
  private static final Logger LOG = LoggerFactory.getLogger(FilterChain.class);
  private static final CompiledFilter[] NO_FILTERS = {};
  private static final Step.Reply BUG =
      new Step.Reply(Reason.INTERNAL.status(), Reason.INTERNAL, null, new byte[0]);

  /** What is told when a filter that held goes on. */
  interface Client {
    void requestResumed();

    void responseResumed();

    RequestHead request();

    String clientAddress();
  }

  private final Client client;
  private CompiledFilter[] compiled = NO_FILTERS;
  private Slot[] slots = {};

  /** Slots below are open. */
  private int opened;

  /** Number of filters whose {@code requestHead} said to go on. */
  private int passed;

  private int requestBodyAt;
  private int responseHeadAt;
  private int responseBodyAt;
  private @Nullable Slot requestHold;
  private @Nullable Slot responseHold;
  private boolean bodyReaders;
  private boolean heldEver;

  FilterChain(Client client) {
    this.client = client;
  }

  /** Starts over with these filters, none of them open. */
  void begin(CompiledFilter[] filters) {
    compiled = filters;
    opened = passed = requestBodyAt = 0;
    bodyReaders = false;
  }

  // --- request
  // -------------------------------------------------------------------------------------

  Step requestHead(RequestHead head, boolean last) {
    while (passed < compiled.length) {
      int at = passed;
      Step step;
      if (at < opened) {
        // It held and goes on.
        step = Step.NEXT;
      } else {
        Slot slot = open(at);
        try {
          slot.filter = compiled[at].open(slot);
          opened = at + 1;
          bodyReaders |= slot.filter.readsBodies();
          step = slot.filter.requestHead(head, last);
        } catch (RuntimeException bug) {
          step = broken(bug);
        }
        step = slot.early(step);
        if (step instanceof Step.Hold) {
          requestHold = slot;
          heldEver = true;
        }
      }
      if (!(step instanceof Step.Next)) {
        return step;
      }
      passed = at + 1;
    }
    return Step.NEXT;
  }

  Step requestBody(ByteBuf data, boolean last) {
    while (bodyReaders && requestBodyAt < passed) {
      Slot slot = slots[requestBodyAt++];
      Step step;
      try {
        step = slot.early(slot.calm().requestBody(data, last));
      } catch (RuntimeException bug) {
        step = broken(bug);
      }
      if (step instanceof Step.Hold) {
        requestHold = slot;
        heldEver = true;
      }
      if (!(step instanceof Step.Next)) {
        return step;
      }
    }
    requestBodyAt = 0;
    return Step.NEXT;
  }

  /** What comes now are not HTTP bodies. */
  void bypassBodies() {
    bodyReaders = false;
  }

  boolean requestHeld() {
    return requestHold != null;
  }

  // --- response
  // ------------------------------------------------------------------------------------

  /** A response begins; of the filters those see it whose request part is done. */
  void beginResponse() {
    responseHold = null;
    responseHeadAt = responseBodyAt = passed;
  }

  Step responseHead(ResponseHead head, boolean last) {
    while (responseHeadAt > 0) {
      Slot slot = slots[--responseHeadAt];
      try {
        if (slot.early(slot.calm().responseHead(head, last)) instanceof Step.Hold) {
          responseHold = slot;
          heldEver = true;
          return Step.HOLD;
        }
      } catch (RuntimeException bug) {
        LOG.error("A filter failed on a response", bug);
      }
    }
    return Step.NEXT;
  }

  Step responseBody(ByteBuf data, boolean last) {
    while (bodyReaders && responseBodyAt > 0) {
      Slot slot = slots[--responseBodyAt];
      try {
        if (slot.early(slot.calm().responseBody(data, last)) instanceof Step.Hold) {
          responseHold = slot;
          heldEver = true;
          return Step.HOLD;
        }
      } catch (RuntimeException bug) {
        LOG.error("A filter failed on a response", bug);
      }
    }
    responseBodyAt = passed;
    return Step.NEXT;
  }

  boolean responseHeld() {
    return responseHold != null;
  }

  // --- end
  // -----------------------------------------------------------------------------------------

  /** Tells all open filters that the exchange is over. */
  void done() {
    int count = opened;
    opened = 0;
    compiled = NO_FILTERS;
    requestHold = responseHold = null;
    for (int i = 0; i < count; i++) {
      try {
        slots[i].calm().done();
      } catch (RuntimeException bug) {
        LOG.error("A filter failed at the end of an exchange", bug);
      }
      slots[i].filter = NOTHING;
    }
  }

  /** Whether some filter ever held, so that it may call {@code resume} at any time. */
  boolean heldEver() {
    return heldEver;
  }

  private Slot open(int at) {
    if (at == slots.length) {
      slots = Arrays.copyOf(slots, at + 4);
      for (int i = at; i < slots.length; i++) {
        slots[i] = new Slot();
      }
    }
    slots[at].resumed = false;
    return slots[at];
  }

  private static Step broken(RuntimeException bug) {
    LOG.error("A filter failed on a request", bug);
    return BUG;
  }

  private static final HttpFilter NOTHING = new HttpFilter() {};

  /** The place of one filter, and what it sees of the exchange. */
  private final class Slot implements FilterExchange {
    private HttpFilter filter = NOTHING;

    /** {@link #resume} was called before the filter returned. */
    private boolean resumed;

    HttpFilter calm() {
      resumed = false;
      return filter;
    }

    Step early(Step step) {
      return step instanceof Step.Hold && resumed ? Step.NEXT : step;
    }

    @Override
    public RequestHead request() {
      return client.request();
    }

    @Override
    public String clientAddress() {
      return client.clientAddress();
    }

    @Override
    public void resume() {
      if (requestHold == this) {
        requestHold = null;
        client.requestResumed();
      } else if (responseHold == this) {
        responseHold = null;
        client.responseResumed();
      } else {
        resumed = true;
      }
    }
  }
}
