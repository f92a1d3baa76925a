import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Spring Cloud Gateway, from Maven Central, in plain HTTP only. */
final class ScgConfig {
  private ScgConfig() {}

  static List<String> write(Path root, Site site, int port)
      throws IOException, InterruptedException {
    Path project = root.resolve("bench/peers/scg");
    Command.output(
        List.of("mvn", "-q", "-B", "-f", project.resolve("pom.xml").toString(), "process-classes"));
    Path built = project.resolve("target");
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-Xmx1g",
        "-Dreactor.netty.http.server.accessLogEnabled=true",
        "-cp",
        built.resolve("classes") + ":" + Files.readString(built.resolve("classpath")).strip(),
        "dev.weir.bench.scg.Gateway",
        "--server.address=127.0.0.1",
        "--server.port=" + port,
        "--hosts=" + site.hosts(),
        "--origin=http://127.0.0.1:" + Origin.PORT);
  }
}
