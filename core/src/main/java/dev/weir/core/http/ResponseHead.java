package dev.weir.core.http;

/**
 * The head of one response: status and {@link Fields}. No reason phrase: HTTP/2 has none and
 * clients must ignore it (RFC 9112, section 4). Belongs to one event loop, is reused.
 */
public final class ResponseHead {
  private final Fields fields;
  private int status;

  public ResponseHead(Fields fields) {
    this.fields = fields;
  }

  /** Forgets everything; keeps the memory. */
  public void clear() {
    fields.clear();
    status = 0;
  }

  public Fields fields() {
    return fields;
  }

  /** 100 to 999. */
  public int status() {
    return status;
  }

  public void status(int value) {
    status = value;
  }

  @Override
  public String toString() {
    return status + "\n" + fields;
  }
}
