package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code openssl s_client}, a TLS client that has nothing in common with BoringSSL's callers. */
final class OpenSsl {
  private OpenSsl() {}

  /**
   * What came of a connection.
   *
   * @param output all that the program said
   */
  record Result(String output) {
    /** Whether there was a handshake, as far as a client can tell. */
    boolean connected() {
      return output.contains("New, TLSv1") || output.contains("Reused, TLSv1");
    }

    /** The certificate that the server showed, in PEM; empty if none. */
    String certificate() {
      int begin = output.indexOf("-----BEGIN CERTIFICATE-----");
      int end = output.indexOf("-----END CERTIFICATE-----");
      return begin < 0
          ? ""
          : output.substring(begin, end + "-----END CERTIFICATE-----".length()) + "\n";
    }
  }

  /** Skips the test where the program is missing. */
  static void assumeInstalled() {
    assumeTrue(
        List.of("/usr/bin/openssl", "/usr/local/bin/openssl").stream()
            .anyMatch(file -> Files.isExecutable(Path.of(file))),
        "openssl is not installed (package openssl)");
  }

  /** Connects, and closes after the handshake. */
  static Result connect(InetSocketAddress address, String... options) {
    return talk(address, "", options);
  }

  /** Connects, sends {@code request}, and reads until the server closes. */
  static Result talk(InetSocketAddress address, String request, String... options) {
    List<String> command = new ArrayList<>(List.of("openssl", "s_client"));
    command.addAll(List.of("-connect", address.getHostString() + ":" + address.getPort()));
    if (!request.isEmpty()) {
      command.add("-ign_eof");
    }
    command.addAll(List.of(options));
    try {
      Path output = Files.createTempFile("openssl", ".txt");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try (var in = process.getOutputStream()) {
          in.write(request.getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
          // It has failed already; its output says why.
        }
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
        return new Result(Files.readString(output, StandardCharsets.ISO_8859_1));
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
