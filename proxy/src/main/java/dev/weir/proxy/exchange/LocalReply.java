package dev.weir.proxy.exchange;

import dev.weir.core.failure.Reason;
import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.plan.Action;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A response that the gateway makes itself. It carries the reason in {@code weir-reason} unless the
 * listener keeps it to itself. Where a gRPC client would not understand it, it is said in gRPC: a
 * head with a {@code grpc-status} and nothing else ("trailers only").
 *
 * @param body empty for none
 */
@SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
record LocalReply(ResponseHead head, byte[] body) {
  private static final HeaderName WEIR_REASON = HeaderName.of("weir-reason");
  private static final byte[] TEXT_PLAIN = ascii("text/plain; charset=utf-8");
  private static final byte[] GRPC = ascii("application/grpc");
  private static final byte[] NOTHING = {};

  /** The reply for something that went wrong. */
  static LocalReply failure(Reason reason, RequestHead request, boolean tellReason) {
    return status(reason.status(), reason, request, tellReason);
  }

  /** A route that answers by itself; without a body, errors get one that names the reason. */
  static LocalReply respond(Action.Respond action, RequestHead request, boolean tellReason) {
    if (action.body().length == 0 && action.reason() != Reason.DIRECT_RESPONSE) {
      return status(action.status(), action.reason(), request, tellReason);
    }
    return make(action.status(), action.reason(), null, action.body(), request, tellReason);
  }

  /** A filter's reply; without fields and body, errors get one that names the reason. */
  static LocalReply filter(Step.Reply step, RequestHead request, boolean tellReason) {
    if (step.fields() == null && step.body().length == 0 && step.status() >= 400) {
      return status(step.status(), step.reason(), request, tellReason);
    }
    return make(step.status(), step.reason(), step.fields(), step.body(), request, tellReason);
  }

  /** A redirect to {@code location}. */
  static LocalReply redirect(int status, byte[] location, RequestHead request, boolean tellReason) {
    Fields fields = new Fields(location.length + 16);
    fields.add(HeaderName.LOCATION, location);
    return make(status, Reason.REDIRECT, fields, NOTHING, request, tellReason);
  }

  private static LocalReply status(
      int status, Reason reason, RequestHead request, boolean tellReason) {
    byte[] body = tellReason ? ascii(reason.code() + "\n") : NOTHING;
    return make(status, reason, null, body, request, tellReason);
  }

  private static LocalReply make(
      int status,
      Reason reason,
      @Nullable Fields fields,
      byte[] body,
      RequestHead request,
      boolean tellReason) {
    ResponseHead head = new ResponseHead(new Fields(256));
    boolean grpc = reason.grpcStatus() != 0 && status >= 400 && isGrpc(request);
    head.status(grpc ? 200 : status);
    if (fields != null) {
      Copies.addAll(fields, head.fields());
    }
    if (tellReason) {
      head.fields().set(WEIR_REASON, reason.code());
    }
    if (grpc) {
      head.fields().remove(HeaderName.CONTENT_LENGTH);
      head.fields().set(HeaderName.CONTENT_TYPE, GRPC);
      head.fields().set(HeaderName.GRPC_STATUS, Integer.toString(reason.grpcStatus()));
      head.fields().set(HeaderName.GRPC_MESSAGE, tellReason ? reason.code() : "");
      return new LocalReply(head, NOTHING);
    }
    if (body.length > 0 && !head.fields().contains(HeaderName.CONTENT_TYPE)) {
      head.fields().add(HeaderName.CONTENT_TYPE, TEXT_PLAIN);
    }
    if (status >= 200 && status != 204 && status != 304) {
      head.fields().set(HeaderName.CONTENT_LENGTH, Integer.toString(body.length));
    }
    return new LocalReply(head, body);
  }

  /** Whether the request is a gRPC call: {@code application/grpc}, alone or with a suffix. */
  static boolean isGrpc(RequestHead request) {
    Fields fields = request.fields();
    int index = fields.indexOf(HeaderName.CONTENT_TYPE);
    if (index < 0) {
      return false;
    }
    int start = fields.valueStart(index);
    int end = fields.valueEnd(index);
    int after = start + GRPC.length;
    if (end < after || !Arrays.equals(fields.bytes(), start, after, GRPC, 0, GRPC.length)) {
      return false;
    }
    return end == after || fields.bytes()[after] == '+' || fields.bytes()[after] == ';';
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
