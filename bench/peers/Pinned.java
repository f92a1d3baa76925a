import java.util.List;

/** Which core runs what: the proxy alone on the first, the rest on the others. */
final class Pinned {
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  static final List<String> PROXY = List.of("taskset", "-c", "0");
  static final List<String> LOAD = List.of("taskset", "-c", CORES > 1 ? "1-" + (CORES - 1) : "0");

  private Pinned() {}
}
