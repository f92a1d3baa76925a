import java.io.IOException;
import java.nio.file.Path;

/**
 * One measurement of one peer.
 *
 * @param cpuMicros CPU time of the proxy's processes for a request
 * @param userMicros the part of it outside the kernel
 */
record Measurement(double cpuMicros, double userMicros, Load.Result load) {
  static Measurement of(Scenario scenario, Site site, Peer peer, int seconds, Path work)
      throws IOException, InterruptedException {
    Cpu before = Cpu.of(peer.process());
    Load.Result result = scenario.load(site, peer, seconds, work);
    Cpu after = Cpu.of(peer.process());
    double requests = Math.max(1, result.requests());
    return new Measurement(
        (after.total() - before.total()) / requests,
        (after.user() - before.user()) / requests,
        result);
  }
}
