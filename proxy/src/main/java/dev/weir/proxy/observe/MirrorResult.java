package dev.weir.proxy.observe;

/** What became of a copy of a request that went to a mirror. */
public enum MirrorResult {
  /** The mirror answered, whatever the status. */
  ANSWERED("answered"),
  /** It could not be reached, refused or broke off, or a limit of its cluster was reached. */
  FAILED("failed"),
  /** It did not answer in time. */
  TIMED_OUT("timed-out"),
  /**
   * The gateway gave it up: the mirror did not take the body fast enough, too many copies were on
   * their way, or the exchange ended before the request was whole.
   */
  DROPPED("dropped");

  private final String text;

  MirrorResult(String text) {
    this.text = text;
  }

  /** As in metrics. */
  public String text() {
    return text;
  }
}
