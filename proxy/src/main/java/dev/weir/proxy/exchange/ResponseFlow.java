package dev.weir.proxy.exchange;

import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.loop.HttpDate;
import dev.weir.proxy.stream.DownstreamStream;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The response on its way to the client: a backend's or a local one, through the filters. While a
 * filter holds it, it is kept here and its source is not read.
 */
final class ResponseFlow {
  /** Whoever produces the response, and is told of its end. */
  interface Source {
    /** Stop producing, the client or a filter is slow. */
    void pauseResponse();

    /** Produce again. */
    void resumeResponse();

    /** The last part was handed to the downstream codec. */
    void responseSent();
  }

  private final Source source;
  private final FilterChain filters;
  private final HttpDate date;
  private final Outcome outcome;
  private @Nullable DownstreamStream downstream;

  private boolean begun;
  private boolean headSent;
  private boolean grpc;

  // What a filter holds.
  private @Nullable ResponseHead heldHead;
  private boolean lastIsHead;
  private final ArrayDeque<ByteBuf> heldBody = new ArrayDeque<>(2);
  private @Nullable Fields heldTrailers;
  private boolean complete;

  ResponseFlow(Source source, FilterChain filters, HttpDate date, Outcome outcome) {
    this.source = source;
    this.filters = filters;
    this.date = date;
    this.outcome = outcome;
  }

  void begin(DownstreamStream to, boolean grpcExchange) {
    downstream = to;
    grpc = grpcExchange;
    begun = headSent = complete = lastIsHead = false;
  }

  /** Whether some of the response has gone to the client, so that no other can. */
  boolean headSent() {
    return headSent;
  }

  /** Whether a response, sent or held, is there. */
  boolean begun() {
    return begun;
  }

  /** Whether the source has produced all of it. */
  boolean complete() {
    return complete;
  }

  void head(ResponseHead head, boolean last) {
    begun = true;
    complete = lastIsHead = last;
    filters.beginResponse();
    if (!head.fields().contains(HeaderName.DATE)) {
      head.fields().add(HeaderName.DATE, date.value());
    }
    if (filters.responseHead(head, last) instanceof Step.Hold) {
      heldHead = Copies.of(head);
      source.pauseResponse();
    } else {
      sendHead(head);
    }
  }

  void body(ByteBuf data, boolean last) {
    complete |= last;
    if (holding()) {
      heldBody.add(data);
    } else {
      pass(data, last);
    }
  }

  void trailers(Fields trailers) {
    complete = true;
    if (holding()) {
      heldTrailers = Copies.of(trailers);
    } else {
      sendTrailers(trailers);
    }
  }

  private boolean holding() {
    return filters.responseHeld() || !heldBody.isEmpty();
  }

  /** The filter that held goes on. */
  void resume() {
    ResponseHead head = heldHead;
    if (head != null) {
      if (filters.responseHead(head, lastIsHead) instanceof Step.Hold) {
        return;
      }
      heldHead = null;
      sendHead(head);
      if (lastIsHead) {
        return;
      }
    }
    ByteBuf data;
    while (!filters.responseHeld() && (data = heldBody.poll()) != null) {
      pass(data, complete && heldBody.isEmpty() && heldTrailers == null);
    }
    if (holding()) {
      return;
    }
    Fields trailers = heldTrailers;
    if (trailers != null) {
      heldTrailers = null;
      sendTrailers(trailers);
    } else if (!complete) {
      downstream().flush();
      if (downstream().writable()) {
        source.resumeResponse();
      }
    }
  }

  private void pass(ByteBuf data, boolean last) {
    if (filters.responseBody(data, last) instanceof Step.Hold) {
      heldBody.addFirst(data);
      source.pauseResponse();
      return;
    }
    outcome.bytesSent += data.readableBytes();
    DownstreamStream to = downstream();
    to.sendBody(data, last);
    if (last) {
      source.responseSent();
    } else if (!to.writable()) {
      source.pauseResponse();
    }
  }

  private void sendHead(ResponseHead head) {
    headSent = true;
    outcome.status = head.status();
    if (grpc && lastIsHead) {
      noteGrpcStatus(head.fields());
    }
    downstream().sendHead(head, lastIsHead);
    if (lastIsHead) {
      source.responseSent();
    }
  }

  private void sendTrailers(Fields trailers) {
    if (grpc) {
      noteGrpcStatus(trailers);
    }
    downstream().sendTrailers(trailers);
    source.responseSent();
  }

  private void noteGrpcStatus(Fields fields) {
    int index = fields.indexOf(HeaderName.GRPC_STATUS);
    int status = 0;
    if (index < 0) {
      return;
    }
    for (int i = fields.valueStart(index); i < fields.valueEnd(index); i++) {
      int digit = fields.bytes()[i] - '0';
      if (digit < 0 || digit > 9 || status > 99) {
        return;
      }
      status = status * 10 + digit;
    }
    outcome.grpcStatus = status;
  }

  /** The client can take more. */
  void downstreamWritable() {
    if (begun && !complete && !holding()) {
      source.resumeResponse();
    }
  }

  void flush() {
    downstream().flush();
  }

  /** Drops what a filter holds, so that another response can be begun. */
  void discard() {
    heldHead = null;
    heldTrailers = null;
    ByteBuf data;
    while ((data = heldBody.poll()) != null) {
      data.release();
    }
  }

  /** The exchange is over. */
  void end() {
    discard();
    downstream = null;
  }

  private DownstreamStream downstream() {
    DownstreamStream to = downstream;
    if (to == null) {
      throw new IllegalStateException("the exchange is over");
    }
    return to;
  }
}
