package dev.weir.core.filter;

/** An xDS message that cannot be honoured; the resource it stands in is rejected (NACK). */
public final class InvalidConfig extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * An invalid field.
   *
   * @param path field path inside the resource, e.g. {@code
   *     virtual_hosts[2].routes[0].route.timeout}
   * @param message what is wrong with it
   */
  public InvalidConfig(String path, String message) {
    super(path.isEmpty() ? message : path + ": " + message);
  }
}
