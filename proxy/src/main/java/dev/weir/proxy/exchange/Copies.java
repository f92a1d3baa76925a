package dev.weir.proxy.exchange;

import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import java.util.Arrays;

/** Copies of what codecs lend for one call only. */
final class Copies {
  private Copies() {}

  static RequestHead of(RequestHead head) {
    RequestHead copy = new RequestHead(new Fields(head.fields().length()));
    copy.method(part(head, head.methodStart(), head.methodEnd()));
    copy.authority(part(head, head.authorityStart(), head.authorityEnd()));
    copy.target(part(head, head.pathStart(), head.targetEnd()));
    copy.https(head.https());
    addAll(head.fields(), copy.fields());
    return copy;
  }

  private static byte[] part(RequestHead head, int start, int end) {
    return Arrays.copyOfRange(head.bytes(), start, end);
  }

  static ResponseHead of(ResponseHead head) {
    ResponseHead copy = new ResponseHead(of(head.fields()));
    copy.status(head.status());
    return copy;
  }

  static Fields of(Fields fields) {
    Fields copy = new Fields(fields.length());
    addAll(fields, copy);
    return copy;
  }

  /** Adds the live fields of {@code from} to {@code to}. */
  static void addAll(Fields from, Fields to) {
    for (int i = 0; i < from.slots(); i++) {
      if (from.isLive(i)) {
        int name = from.nameStart(i);
        int value = from.valueStart(i);
        to.add(
            from.bytes(),
            name,
            from.nameEnd(i) - name,
            from.bytes(),
            value,
            from.valueEnd(i) - value);
      }
    }
  }
}
