package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.standalone.Standalone;
import dev.weir.standalone.StandaloneOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Does what docs/tls.md says: its commands and objects, with addresses of the test. */
@ExtendWith(NoLeaks.class)
class TlsPageTest {
  private static final String CERTIFICATES =
      """
      self_signed() {
        openssl req -x509 -nodes -days 2 -subj "/CN=$1" -addext "subjectAltName=DNS:$2" \
          -keyout "$1.key" -out "$1.crt" "${@:3}" 2>/dev/null
      }
      EC="-newkey ec -pkeyopt ec_paramgen_curve:P-256"
      self_signed web-ec web.example $EC
      self_signed web-rsa web.example -newkey rsa:2048
      self_signed weir edge.example $EC
      self_signed partners partners.example $EC
      self_signed internal internal.example $EC
      signed() {
        openssl req -new -nodes -subj "/CN=$1" $EC -keyout "$1.key" -out "$1.csr" 2>/dev/null
        printf 'subjectAltName=DNS:%s' "$2" > "$1.ext"
        openssl x509 -req -days 2 -in "$1.csr" -CA "$3.crt" -CAkey "$3.key" -CAcreateserial \
          -extfile "$1.ext" -out "$1.crt" 2>/dev/null
      }
      signed partner partner.example partners
      signed stranger partner.example internal
      signed backend shop.internal internal
      mkdir -p config
      """;

  private static final String NGINX =
      """
      server {
        listen %IP%:18443 ssl;
        ssl_certificate %DIR%/backend.crt;
        ssl_certificate_key %DIR%/backend.key;
        ssl_client_certificate %DIR%/weir.crt;
        ssl_verify_client on;
        location / { return 200 "$ssl_server_name $ssl_client_s_dn\\n"; }
      }
      """;

  private static List<String> blocks(String page, String language) {
    return Pattern.compile("(?ms)^```" + language + "$\\n(.*?)^```$")
        .matcher(page)
        .results()
        .map(match -> match.group(1))
        .toList();
  }

  @Test
  void thePageWorks(@TempDir Path dir) throws Exception {
    Program bash = Program.needed("bash");
    Program.needed("openssl");
    Program.needed("curl");
    String page = Files.readString(Path.of("../docs/tls.md"));
    List<String> commands = blocks(page, "sh");
    run(bash, dir, CERTIFICATES);
    run(bash, dir, commands.getFirst());
    try (Nginx nginx = Nginx.start(dir, 18443, NGINX)) {
      String ip = Loopback.next();
      String objects =
          String.join("---\n", blocks(page, "yaml"))
              .replace(
                  "  gatewayClassName: weir\n",
                  "  gatewayClassName: weir\n  addresses: [{type: IPAddress, value: %s}]\n"
                      .formatted(ip))
              .replace("127.0.0.1", nginx.address(18443).getAddress().getHostAddress());
      Files.writeString(dir.resolve("config/objects.yaml"), objects);
      try (Standalone gateway =
          Standalone.start(StandaloneOptions.of(List.of(dir.resolve("config"))), state -> {})) {
        assertThat(gateway.state().problems()).isEmpty();
        String asking = commands.getLast().replace("127.0.0.1", ip).replace("curl", "curl -sS");

        assertThat(run(bash, dir, asking)).isEqualTo("shop.internal CN=weir\n".repeat(2));

        String oldClient = asking.replace("web-ec.crt", "web-rsa.crt");
        assertThat(
                run(
                    bash,
                    dir,
                    oldClient
                        .lines()
                        .findFirst()
                        .orElse("")
                        .replace("-sS", "-sS --tls-max 1.2 --ciphers ECDHE-RSA-AES128-GCM-SHA256")))
            .isEqualTo("shop.internal CN=weir\n");
        String partner = asking.lines().toList().getLast();
        String anonymous = partner.replace("--cert partner.crt --key partner.key", "");
        assertRefused(bash, dir, anonymous, "certificate required");
        assertRefused(bash, dir, partner.replace("partner.", "stranger."), "unknown ca");
      }
    }
  }

  /** The alert comes with the end of the connection, which curl may notice first. */
  private static void assertRefused(Program bash, Path dir, String command, String alert)
      throws Exception {
    String errors = "";
    for (int i = 0; i < 10 && !errors.contains(alert); i++) {
      Program.Run refused = bash.run("-c", "cd " + dir + "; " + command);
      assertThat(refused.exitStatus()).isNotZero();
      errors = refused.errors();
    }
    assertThat(errors).contains(alert);
  }

  private static String run(Program bash, Path dir, String script) throws Exception {
    return bash.run("-e", "-c", "cd " + dir + "\n" + script).succeeded();
  }
}
