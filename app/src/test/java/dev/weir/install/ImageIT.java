package dev.weir.install;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.endtoend.Eventually;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The container image that {@code build/image} makes of the packaged Weir. */
class ImageIT {
  @TempDir private Path dir;

  private static String run(Path directory, String... command) throws Exception {
    return run(directory, List.of(command));
  }

  private static String run(Path directory, List<String> command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String output;
    try (InputStream in = process.getInputStream()) {
      output = new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  private static String digest(InputStream content) throws Exception {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    try (InputStream in = new DigestInputStream(content, sha256)) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
    }
    return "sha256:" + HexFormat.of().formatHex(sha256.digest());
  }

  /** The blob of a descriptor, whose size and digest are as it says. */
  private Path blob(JsonNode descriptor) throws Exception {
    String digest = descriptor.get("digest").asString();
    Path blob = dir.resolve("blobs").resolve(digest.replace(':', '/'));
    assertThat(Files.size(blob)).isEqualTo(descriptor.get("size").asLong());
    assertThat(digest(Files.newInputStream(blob))).isEqualTo(digest);
    return blob;
  }

  private JsonNode json(Path file) throws IOException {
    return JsonMapper.shared().readTree(Files.readString(file));
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void isAnOciLayoutWithAJreAndWeir() throws Exception {
    Path tar = dir.resolve("image.tar");
    run(dir, Path.of("../build/image").toRealPath().toString(), "example/weir:7", tar.toString());
    run(dir, "tar", "-xf", tar.toString());

    assertThat(json(dir.resolve("oci-layout")).get("imageLayoutVersion").asString())
        .isEqualTo("1.0.0");
    JsonNode reference = json(dir.resolve("index.json")).at("/manifests/0");
    assertThat(reference.at("/annotations/org.opencontainers.image.ref.name").asString())
        .isEqualTo("7");
    JsonNode manifest = json(blob(reference));
    JsonNode config = json(blob(manifest.get("config")));
    assertThat(config.at("/config/User").asString()).startsWith("65532:");
    assertThat(manifest.get("layers")).hasSize(4);
    Path root = Files.createDirectory(dir.resolve("root"));
    for (int i = 0; i < 4; i++) {
      Path layer = blob(manifest.get("layers").get(i));
      assertThat(digest(new GZIPInputStream(Files.newInputStream(layer))))
          .isEqualTo(config.at("/rootfs/diff_ids").get(i).asString());
      run(root, "tar", "-xzf", layer.toString());
    }
    List<String> start =
        config.at("/config/Entrypoint").valueStream().map(JsonNode::asString).toList();
    assertThat(start).startsWith("/opt/java/bin/java");
    assertThat(root.resolve("opt/java/bin/java")).isExecutable();
    assertThat(root.resolve("bin")).doesNotExist();
    // What it was linked with is in it; whether it can be started there only root may try.
    String linked = run(root, "ldd", "opt/java/bin/java");
    assertThat(linked.lines().filter(line -> line.contains("=> /lib")))
        .isNotEmpty()
        .allSatisfy(
            line -> assertThat(root.resolve(line.replaceAll(".*=> /([^ ]+) .*", "$1"))).exists());
    List<String> weir = start.stream().map(word -> word.replace("/opt/", root + "/opt/")).toList();
    assertThat(run(root, words(weir, "--version"))).contains("weir ");
    // Starts a gateway; and not without the archive of classes, as it would be otherwise.
    List<String> archived = new ArrayList<>(weir);
    archived.add(1, "-XX:AOTMode=on");
    run(root, words(archived, "rehearse"));
    runAProxy(weir);
  }

  /** One whose controller is not there. */
  private void runAProxy(List<String> weir) throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path log = dir.resolve("proxy.log");
    Process proxy =
        new ProcessBuilder(
                words(
                    weir,
                    "proxy",
                    "--controller=127.0.0.1:1",
                    "--node=a",
                    "--serves=Gateway/default/edge",
                    "--insecure",
                    "--drain-delay-seconds=0",
                    "--admin=127.0.0.1:" + port))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI healthy = URI.create("http://127.0.0.1:" + port + "/healthz");
      Eventually.holds(() -> {
        assertThat(Files.readString(log)).contains("it is tried again");
        assertThat(
                client
                    .send(HttpRequest.newBuilder(healthy).build(), BodyHandlers.discarding())
                    .statusCode())
            .isEqualTo(200);
      });
      proxy.destroy();
      assertThat(proxy.waitFor(40, TimeUnit.SECONDS)).isTrue();
      assertThat(proxy.exitValue()).as(Files.readString(log)).isZero();
    } finally {
      proxy.destroyForcibly();
    }
  }

  private static List<String> words(List<String> command, String... arguments) {
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of(arguments));
    return words;
  }
}
