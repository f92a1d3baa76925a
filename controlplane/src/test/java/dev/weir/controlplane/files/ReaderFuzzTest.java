package dev.weir.controlplane.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.decode.Decoded;
import dev.weir.controlplane.decode.ObjectDecoder;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.api.gateway.HttpRoute;
import dev.weir.core.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged manifests cause problems, never exceptions, and never harm other files. */
class ReaderFuzzTest {
  private static final long SECONDS = 4;
  private static final int AT_LEAST = 500;

  private static final String SOUND =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: sound, namespace: elsewhere}
      spec: {hostnames: [a.example]}
      """;

  private static final String MANIFEST =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata:
        name: g
        labels: &labels {app: shop, "a.example/b": 'c'}
      spec:
        gatewayClassName: weir
        addresses: [{value: 127.0.0.1}, {type: Hostname, value: a.example}]
        infrastructure: {labels: *labels}
        listeners:
        - name: http
          port: 80
          protocol: HTTP
          hostname: "*.shop.example"
          allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: *labels}}}
        - {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: cert}]}}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: r, creationTimestamp: "2026-01-01T00:00:00Z"}
      spec:
        parentRefs: [{name: g, sectionName: http}]
        rules:
        - matches:
          - path: {type: PathPrefix, value: /a}
            headers: [{name: x, value: y}]
          filters:
          - type: URLRewrite
            urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}
          - type: RequestHeaderModifier
            requestHeaderModifier: {set: [{name: a, value: b}], remove: [c]}
          backendRefs: [{name: s, port: 80, weight: 9}, {name: s, port: 81}]
          timeouts: {request: 10s, backendRequest: 1s500ms}
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: cert}
      type: kubernetes.io/tls
      data: {tls.crt: aGVsbG8=, tls.key: aGVsbG8=}
      stringData:
        note: |
          several
          lines
      ---
      apiVersion: v1
      kind: List
      items:
      - {apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 80, targetPort: http}]}}
      - apiVersion: weir.dev/v1alpha1
        kind: Backend
        metadata: {name: b}
        spec: {groups: [{priority: 0, endpoints: [{ip: 10.0.0.1, port: 80}, {unix: /run/s}]}]}
      """;

  private static final List<String> TOKENS =
      List.of(
          "&a",
          "*a",
          "*labels",
          "<<",
          ": ",
          "- ",
          "---\n",
          "...\n",
          "{",
          "}",
          "[",
          "]",
          "\"",
          "'",
          "|\n",
          ">\n",
          "!",
          "!!str ",
          "%YAML 9.9\n",
          "#",
          "\t",
          "\r",
          "\0",
          "\uFEFF",
          "\u2028",
          "null",
          "~",
          "true",
          "1e999",
          "0x7fffffff",
          "99999999999999999999",
          "-1",
          ".nan",
          "\\",
          "? ",
          ",",
          "@",
          "`",
          "\n",
          "  ",
          "é",
          "😀",
          "kind",
          "spec",
          "items",
          "type");

  private final ObjectDecoder decoder = new ObjectDecoder(StandardTypes.ALL);

  @Test
  void theManifestItselfIsSound() {
    List<Decoded> decoded = decoder.decode(SourceText.of("f", MANIFEST));
    assertThat(decoded).hasSize(5).allSatisfy(one -> assertThat(one.problems()).isEmpty());
  }

  @Test
  void manySeeds() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    int seed = 0;
    while (seed < AT_LEAST || System.nanoTime() < end) {
      survives(seed++);
    }
  }

  /** Seeds that found a mistake once. */
  @ParameterizedTest
  @ValueSource(ints = {0})
  void oldSeeds(int seed) {
    survives(seed);
  }

  private void survives(int seed) {
    byte[] damaged = damage(MANIFEST, new SplittableRandom(seed));
    try {
      check(damaged);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError | AssertionError e) {
      throw new AssertionError(
          "seed " + seed + ":\n" + new String(damaged, StandardCharsets.UTF_8), e);
    }
  }

  private void check(byte[] damaged) {
    Manifests manifests = new Manifests(StandardTypes.ALL, InstantSource.system());
    manifests.load(List.of(SourceText.of("f", MANIFEST), SourceText.of("s", SOUND)));
    Load load = manifests.load(List.of(new SourceText("f", damaged), SourceText.of("s", SOUND)));
    assertThat(load.state().object(HttpRoute.TYPE, "elsewhere", "sound")).isNotNull();
    // YAML ends lines with these as well.
    String breaks = "\n\r\u0085\u2028\u2029";
    long lines =
        new String(damaged, StandardCharsets.UTF_8)
            .chars()
            .filter(character -> breaks.indexOf(character) >= 0)
            .count();
    for (Problem problem : load.problems()) {
      assertThat(problem.message()).isNotBlank();
      assertThat(problem.location()).isNotNull();
      if (problem.location() != null && problem.location().file().equals("f")) {
        assertThat(problem.location().line()).isBetween(1, (int) lines + 1);
      }
    }
    for (Decoded decoded : decoder.decode(new SourceText("f", damaged))) {
      assertThat(decoded.content() == null && decoded.problems().isEmpty()).isFalse();
    }
  }

  private static byte[] damage(String text, SplittableRandom random) {
    List<String> lines = new ArrayList<>(text.lines().toList());
    for (int i = random.nextInt(3); i > 0; i--) {
      int from = random.nextInt(lines.size());
      switch (random.nextInt(4)) {
        case 0 -> Collections.swap(lines, from, random.nextInt(lines.size()));
        case 1 -> lines.add(from, lines.get(random.nextInt(lines.size())));
        case 2 -> lines.set(from, "  ".repeat(random.nextInt(4)) + lines.get(from).strip());
        default -> lines.remove(from);
      }
    }
    byte[] bytes = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    for (int i = random.nextInt(6); i >= 0; i--) {
      bytes = damage(bytes, random);
    }
    return bytes;
  }

  private static byte[] damage(byte[] bytes, SplittableRandom random) {
    int at = random.nextInt(bytes.length + 1);
    int length = Math.min(bytes.length - at, 1 + random.nextInt(12));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, at);
    switch (random.nextInt(5)) {
      case 0 -> out.write(random.nextInt(256));
      case 1 -> {
        byte[] token = TOKENS.get(random.nextInt(TOKENS.size())).getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(20) == 0 ? 500 : 1; i > 0; i--) {
          out.writeBytes(token);
        }
      }
      case 2 ->
          out.writeBytes(
              TOKENS.get(random.nextInt(TOKENS.size())).getBytes(StandardCharsets.UTF_8));
      case 3 -> {
        at += length;
      }
      default -> {
        if (random.nextInt(10) == 0) {
          return out.size() == 0 ? bytes : out.toByteArray();
        }
      }
    }
    out.write(bytes, at, bytes.length - at);
    return out.toByteArray();
  }
}
