package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the event loops ask of the kernel for a request, where it spends most of its time. Counts
 * are the same on every machine, so they guard what a time cannot.
 */
class SystemCallsTest {
  private static final int WARM_UP = 200;
  private static final int REQUESTS = 2_000;

  private static final Set<String> RECEIVES = Set.of("read", "recvfrom", "recvmsg");
  private static final Set<String> SENDS = Set.of("write", "writev", "sendto", "sendmsg");
  private static final Set<String> WAITS = Set.of("epoll_wait", "epoll_pwait", "epoll_pwait2");

  @RegisterExtension static final Parts PARTS = new Parts();

  @TempDir private Path dir;

  /** Calls for a request, by name. */
  private record Calls(Map<String, Double> byName) {
    double of(Set<String> names) {
      return byName.entrySet().stream()
          .filter(call -> names.contains(call.getKey()))
          .mapToDouble(Map.Entry::getValue)
          .sum();
    }

    double others() {
      return of(byName.keySet()) - of(RECEIVES) - of(SENDS) - of(WAITS);
    }
  }

  @Test
  void requestIsTwoReceivesTwoSendsAndTwoWaits() throws Exception {
    check(callsFor("http", "--h1"));
  }

  @Test
  void bodyComesWithItsHead() throws Exception {
    Path body = Files.write(dir.resolve("body"), new byte[10_000]);
    check(callsFor("http", "--h1", "--data=" + body));
  }

  @Test
  void tlsAddsNone() throws Exception {
    check(callsFor("https", "--h1"));
  }

  /** One stream at a time, so that none shares a call with another. */
  @Test
  void streamIsAsARequest() throws Exception {
    check(callsFor("https", "--max-concurrent-streams=1"));
  }

  private static void check(Calls calls) {
    assertThat(calls.of(RECEIVES)).as("receives in %s", calls).isBetween(1.9, 2.1);
    assertThat(calls.of(SENDS)).as("sends in %s", calls).isBetween(1.9, 2.1);
    assertThat(calls.of(WAITS)).as("waits in %s", calls).isLessThan(2.2);
    // Opening and closing connections, and the JVM when it collects or compiles: nothing that comes
    // with each request.
    assertThat(calls.others()).as("others in %s", calls).isLessThan(0.5);
  }

  private Calls callsFor(String scheme, String... options) throws Exception {
    Program strace = Program.needed("strace");
    PARTS.ran("strace", strace.run("-V").succeeded());
    LoadedGateway.Load load = LoadedGateway.h2load(PARTS, scheme, options);
    return LoadedGateway.measure(
        dir,
        gateway -> {
          load.ask(gateway, WARM_UP);
          Path summary = dir.resolve("calls");
          Path log = dir.resolve("strace.log");
          List<String> arguments = new ArrayList<>(List.of("-c", "-o", summary.toString()));
          List<String> threads = eventLoops();
          threads.forEach(thread -> arguments.addAll(List.of("-p", thread)));
          Program.Running running = strace.start(log, arguments.toArray(new String[0]));
          try (running) {
            awaitAttached(running, threads.size());
            load.ask(gateway, REQUESTS);
          }
          Calls calls = read(summary);
          System.out.println("SystemCallsTest: " + calls + " a request");
          return calls;
        });
  }

  /** The kernel's numbers of the threads. */
  private static List<String> eventLoops() throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      for (Path thread : threads.toList()) {
        if (Files.readString(thread.resolve("comm")).startsWith("worker-")) {
          found.add(thread.getFileName().toString());
        }
      }
    }
    assertThat(found).isNotEmpty();
    return found;
  }

  private static void awaitAttached(Program.Running strace, int threads) throws Exception {
    Eventually.holds(
        "strace is attached, or says that it cannot",
        () -> {
          String said = Files.readString(strace.log());
          return refused(said)
              || said.lines().filter(line -> line.endsWith(" attached")).count() == threads;
        });
    assumeTrue(!refused(Files.readString(strace.log())), "strace may not look at processes here");
  }

  private static boolean refused(String said) {
    return said.contains("Operation not permitted");
  }

  /** Lines of percent, seconds, microseconds, calls, errors if there were any, and the name. */
  private static Calls read(Path summary) throws IOException {
    Map<String, Double> calls = new HashMap<>();
    for (String line : Files.readAllLines(summary)) {
      String[] fields = line.strip().split("\\s+");
      if (fields.length >= 5 && fields[3].matches("\\d+") && !line.endsWith("total")) {
        calls.put(fields[fields.length - 1], Integer.parseInt(fields[3]) / (double) REQUESTS);
      }
    }
    return new Calls(calls);
  }
}
