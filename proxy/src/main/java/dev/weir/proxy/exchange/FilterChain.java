package dev.weir.proxy.exchange;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.filter.Call;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.FilterExchange;
import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.stream.DownstreamConnection;
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

    void requestReplied(Step.Reply reply);

    void responseResumed();

    RequestHead request();

    String clientAddress();

    DownstreamConnection connection();

    long epochMillis();

    /** A call that hears nothing any more once it is cancelled; not sent yet. */
    FilterCall call(Call call, Call.Receiver receiver);
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

  /** Shows the body to the filter that let it be collected. */
  Step requestCollected(ByteBuf body, boolean whole) {
    Slot slot = slots[passed];
    Step step;
    try {
      step = slot.early(slot.calm().requestCollected(body, whole));
    } catch (RuntimeException bug) {
      step = broken(bug);
    }
    if (step instanceof Step.Hold) {
      requestHold = slot;
      heldEver = true;
    }
    return step;
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
      slots[i].cancelCall();
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
    slots[at].decided = null;
    return slots[at];
  }

  private static Step.Reply broken(RuntimeException bug) {
    LOG.error("A filter failed on a request", bug);
    return BUG;
  }

  private static final HttpFilter NOTHING = new HttpFilter() {};

  /** The place of one filter, and what it sees of the exchange. */
  private final class Slot implements FilterExchange {
    private HttpFilter filter = NOTHING;

    /** What the filter decided before it returned, by {@link #resume} or {@link #reply}. */
    private @Nullable Step decided;

    private @Nullable FilterCall call;

    HttpFilter calm() {
      decided = null;
      return filter;
    }

    Step early(Step step) {
      return step instanceof Step.Hold && decided != null ? decided : step;
    }

    void cancelCall() {
      FilterCall open = call;
      if (open != null) {
        call = null;
        open.cancel();
      }
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
    public String protocol() {
      return client.connection().protocol().text();
    }

    @Override
    public int localPort() {
      return client.connection().localPort();
    }

    @Override
    public long epochMillis() {
      return client.epochMillis();
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
        decided = Step.NEXT;
      }
    }

    @Override
    public void reply(Step.Reply reply) {
      if (requestHold == this) {
        requestHold = null;
        client.requestReplied(reply);
      } else {
        decided = reply;
      }
    }

    @Override
    public void call(Call question, Call.Receiver receiver) {
      if (call != null) {
        throw new IllegalStateException("the filter waits for an answer already");
      }
      FilterCall opened = client.call(question, new Answered(receiver));
      call = opened;
      opened.start();
    }

    /** Passes an answer on to the filter; one that throws is a bug and the request is refused. */
    private final class Answered implements Call.Receiver {
      private final Call.Receiver receiver;

      Answered(Call.Receiver receiver) {
        this.receiver = receiver;
      }

      @Override
      public void answered(ResponseHead head, ByteBuf body, @Nullable Fields trailers) {
        call = null;
        try {
          receiver.answered(head, body, trailers);
        } catch (RuntimeException bug) {
          reply(broken(bug));
        }
      }

      @Override
      public void failed(Failure failure) {
        call = null;
        try {
          receiver.failed(failure);
        } catch (RuntimeException bug) {
          reply(broken(bug));
        }
      }
    }
  }
}
