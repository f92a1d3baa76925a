import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * CPU time that a process and its children have used, in microseconds, from {@code /proc/PID/stat}.
 */
record Cpu(double user, double system) {
  private static final double TICK_MICROS = 10_000;

  static Cpu of(ProcessHandle process) throws IOException {
    Cpu sum = one(process.pid());
    for (ProcessHandle child : process.descendants().toList()) {
      Cpu more = one(child.pid());
      sum = new Cpu(sum.user + more.user, sum.system + more.system);
    }
    return sum;
  }

  double total() {
    return user + system;
  }

  private static Cpu one(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return new Cpu(
        Long.parseLong(fields[11]) * TICK_MICROS, Long.parseLong(fields[12]) * TICK_MICROS);
  }
}
