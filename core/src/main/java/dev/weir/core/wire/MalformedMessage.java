package dev.weir.core.wire;

/** Bytes that are not the message they should be. */
public final class MalformedMessage extends Exception {
  private static final long serialVersionUID = 1L;

  public MalformedMessage(String message) {
    super(message);
  }
}
