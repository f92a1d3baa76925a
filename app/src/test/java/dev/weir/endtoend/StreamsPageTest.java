package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.endtoend.Program.Running;
import dev.weir.standalone.Standalone;
import dev.weir.standalone.StandaloneOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The example of docs/streams.md, with dnsmasq, which answers on UDP and TCP, as {@code old}, and
 * openssl as {@code new}.
 */
@ExtendWith(NoLeaks.class)
class StreamsPageTest {
  private static final Pattern YAML = Pattern.compile("(?ms)^```yaml$\\n(.*?)^```$");
  private static final int CONNECTIONS = 200;

  /** A question for svc.example over TCP: its length, a header, name, type and class. */
  private static byte[] question() {
    byte[] name = "\3svc\7example\0".getBytes(StandardCharsets.US_ASCII);
    ByteBuffer question = ByteBuffer.allocate(2 + 12 + name.length + 4);
    question.putShort((short) (12 + name.length + 4));
    question.putShort((short) 7).putShort((short) 0x100).putShort((short) 1);
    question.putShort((short) 0).putShort((short) 0).putShort((short) 0);
    return question.put(name).putShort((short) 1).putShort((short) 1).array();
  }

  /** Whether the server is one for DNS; the other answers with an alert or not at all. */
  private static boolean answersQuestions(InetSocketAddress address) throws IOException {
    try (Peer client = Peer.connect(address)) {
      String answer = client.send(question()).end().readAll();
      return answer.length() > 4 && answer.startsWith("\0\7", 2);
    }
  }

  @Test
  void theExampleWorks(@TempDir Path dir) throws Exception {
    Program openssl = Program.needed("openssl");
    Program dig = Program.needed("dig");
    Program curl = Program.needed("curl");
    Matcher example = YAML.matcher(Files.readString(Path.of("../docs/streams.md")));
    assertThat(example.find()).isTrue();
    TestCertificate mail = TestCertificate.of("mail.example.com", "a.lists.example.com");
    Path trusted = mail.write(dir, "mail");
    String ip = Loopback.next();
    InetSocketAddress secure = new InetSocketAddress(InetAddress.ofLiteral(Loopback.next()), 8443);
    Path config = Files.createDirectory(dir.resolve("config"));
    try (Dnsmasq old = Dnsmasq.start(dir, 5300, "--address=/svc.example/192.0.2.7");
        Running server =
            openssl.start(
                dir.resolve("openssl.log"),
                "s_server",
                "-accept",
                secure.getAddress().getHostAddress() + ":8443",
                "-cert",
                trusted.toString(),
                "-key",
                dir.resolve("mail.key").toString(),
                "-www")) {
      Eventually.holds(
          "openssl listens; " + server.log(),
          () -> {
            Peer.connect(secure).close();
            return true;
          });
      Files.writeString(
          config.resolve("all.yaml"),
          """
          apiVersion: gateway.networking.k8s.io/v1
          kind: GatewayClass
          metadata: {name: weir}
          spec: {controllerName: weir.dev/gateway-controller}
          ---
          """
              + Yaml.backend("old", old.address())
              + Yaml.backend("new", secure)
              + example
                  .group(1)
                  .replace(
                      "  gatewayClassName: weir\n",
                      "  gatewayClassName: weir\n  addresses: [{type: IPAddress, value: %s}]\n"
                          .formatted(ip)));
      try (Standalone gateway =
          Standalone.start(StandaloneOptions.of(List.of(config)), state -> {})) {
        assertThat(gateway.state().problems()).isEmpty();

        assertThat(dig.run("@" + ip, "-p", "5353", "+short", "+tries=1", "svc.example").succeeded())
            .isEqualTo("192.0.2.7\n");

        for (String host : List.of("mail.example.com", "a.lists.example.com")) {
          assertThat(
                  curl.run(
                          "-sSf",
                          "--cacert",
                          trusted.toString(),
                          "--resolve",
                          host + ":8443:" + ip,
                          "https://" + host + ":8443/")
                      .succeeded())
              .contains("s_server");
        }

        // 9 to 1: six standard deviations are 25.
        int answers = 0;
        for (int i = 0; i < CONNECTIONS; i++) {
          answers +=
              answersQuestions(new InetSocketAddress(InetAddress.ofLiteral(ip), 5432)) ? 1 : 0;
        }
        assertThat(answers).isBetween(155, CONNECTIONS - 1);
      }
    }
  }
}
