package dev.weir.controlplane.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.GatewayClass;
import dev.weir.core.api.gateway.HttpRoute;
import dev.weir.core.api.k8s.Secret;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Severity;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Load after load: generations, last good versions, duplicates. */
class ManifestsTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private Instant now = START;
  private final Manifests manifests = new Manifests(StandardTypes.ALL, () -> now);
  private Load load = manifests.load(List.of());

  private void load(SourceText... texts) {
    now = now.plusSeconds(1);
    load = manifests.load(Arrays.asList(texts));
  }

  private static SourceText file(String name, String... documents) {
    return SourceText.of(name, String.join("---\n", documents));
  }

  private static String route(String name, String host) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: %s}
    spec: {hostnames: [%s]}
    """
        .formatted(name, host);
  }

  private @Nullable KubeObject<HttpRoute> find(String name) {
    return load.state().object(HttpRoute.TYPE, "default", name);
  }

  private KubeObject<HttpRoute> get(String name) {
    return Objects.requireNonNull(find(name), () -> name + " in " + load.problems());
  }

  private List<String> findings() {
    return load.problems().stream().map(Object::toString).toList();
  }

  @Test
  void generationCountsChangesOfTheSpec() {
    load(file("a", route("r", "a.example")));
    var first = get("r");
    assertThat(first.meta().generation()).isEqualTo(1);
    assertThat(first.meta().creationTimestamp()).isEqualTo(START.plusSeconds(1));

    load(file("a", route("r", "a.example")));
    assertThat(get("r")).isSameAs(first);

    String labelled = route("r", "a.example").replace("name: r", "name: r, labels: {x: y}");
    load(file("a", labelled));
    var second = get("r");
    assertThat(second.meta().generation()).isEqualTo(1);
    assertThat(second.meta().labels()).containsEntry("x", "y");
    assertThat(second.meta().resourceVersion()).isNotEqualTo(first.meta().resourceVersion());
    assertThat(second.spec()).isSameAs(first.spec());

    load(file("a", route("r", "b.example")));
    var third = get("r");
    assertThat(third.meta().generation()).isEqualTo(2);
    assertThat(third.uid()).isEqualTo(first.uid()).hasSize(36);
    assertThat(third.meta().creationTimestamp()).isEqualTo(first.meta().creationTimestamp());
  }

  @Test
  void sameTextsAreTheSameState() {
    load(file("a", route("r", "a.example")));
    var before = load.state();
    load(file("a", route("r", "a.example")));
    assertThat(load.state()).isSameAs(before);
    load(file("a", "# moved\n" + route("r", "a.example")));
    assertThat(load.state()).isSameAs(before);
    Problem found = new Problem(Severity.ERROR, "X", "bad", get("r").ref(), "spec", null);
    assertThat(load.located(List.of(found)))
        .singleElement()
        .hasToString("a:2: HTTPRoute/default/r: spec: bad");
  }

  @Test
  void writtenCreationTimeCounts() {
    load(
        file(
            "a",
            route("r", "a.example")
                .replace("name: r", "name: r, creationTimestamp: 2020-05-05T05:05:05Z")));
    assertThat(get("r").meta().creationTimestamp())
        .isEqualTo(Instant.parse("2020-05-05T05:05:05Z"));
  }

  @Test
  void deletedAndMadeAgainIsNew() {
    load(file("a", route("r", "a.example"), route("s", "a.example")));
    load(file("a", route("s", "a.example")));
    assertThat(find("r")).isNull();
    load(file("a", route("s", "a.example"), route("r", "b.example")));
    assertThat(get("r").meta().generation()).isEqualTo(1);
    assertThat(get("r").meta().creationTimestamp()).isEqualTo(START.plusSeconds(3));
  }

  @Test
  void invalidObjectKeepsItsLastGoodVersion() {
    load(file("a", route("r", "a.example"), route("s", "a.example")));
    var good = get("r");
    load(file("a", route("r", "NO"), route("s", "b.example")));
    assertThat(get("r")).isSameAs(good);
    assertThat(get("s").spec().hostnames()).containsExactly("b.example");
    assertThat(findings())
        .containsExactly(
            "a:4: HTTPRoute/default/r: spec.hostnames[0]: expected a lower-case host name such as"
                + " shop.example.com or *.example.com, found 'NO'",
            "a:1: HTTPRoute/default/r: the version read before (generation 1) stays in use until"
                + " this is corrected");
    load(file("a", route("r", "c.example"), route("s", "b.example")));
    assertThat(get("r").meta().generation()).isEqualTo(2);
    assertThat(findings()).isEmpty();
  }

  @Test
  void invalidFromTheStartIsRefusedAlone() {
    load(file("a", route("r", "NO"), route("s", "a.example")));
    assertThat(find("r")).isNull();
    assertThat(find("s")).isNotNull();
    assertThat(findings()).hasSize(1);
  }

  @Test
  void brokenDocumentKeepsTheObjectsThatAreNoLongerSeen() {
    load(
        file("a", route("r", "a.example"), route("s", "a.example")),
        file("b", route("t", "a.example")));
    load(file("a", "kind: [\n", route("s", "b.example")), file("b"));
    assertThat(get("r").spec().hostnames()).containsExactly("a.example");
    assertThat(get("s").spec().hostnames()).containsExactly("b.example");
    assertThat(find("t")).isNull();
    assertThat(findings()).hasSize(2).first().asString().startsWith("a:2: not valid YAML: ");
    assertThat(findings().getLast())
        .isEqualTo(
            "a:2: HTTPRoute/default/r: the version read before (generation 1) stays in use until"
                + " this is corrected");
  }

  @Test
  void fileThatCouldNotBeReadIsForgottenOnceItCan() {
    load(new SourceText("a", new byte[] {(byte) 0xff}));
    assertThat(findings()).containsExactly("a:1: not UTF-8: save the file with that encoding");
    load(file("a", "", route("r", "a.example")));
    assertThat(findings()).isEmpty();
    assertThat(find("r")).isNotNull();
  }

  @Test
  void objectThatMovesOutOfABrokenFileIsTheNewOne() {
    load(file("a", route("r", "a.example")));
    load(file("a", "kind: [\n"), file("b", route("r", "b.example")));
    assertThat(get("r").spec().hostnames()).containsExactly("b.example");
    assertThat(findings()).hasSize(1);
  }

  @Test
  void duplicateNamesBothPlaces() {
    load(file("a", route("r", "a.example")), file("b", "", route("r", "b.example")));
    assertThat(get("r").spec().hostnames()).containsExactly("a.example");
    assertThat(findings())
        .containsExactly(
            "b:2: HTTPRoute/default/r: defined at a:1 already, which is used: remove one");
  }

  @Test
  void clusterScopedObjectsHaveNoNamespace() {
    load(
        file(
            "a",
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: weir}
            spec: {controllerName: weir.dev/gateway-controller}
            """));
    assertThat(load.state().object(GatewayClass.TYPE, "", "weir")).isNotNull();
  }

  @Test
  void secretTextIsData() {
    load(
        file(
            "a",
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: s}
            data: {a: aGVsbG8=, b: aGVsbG8=}
            stringData: {b: hi}
            """));
    var secret = Objects.requireNonNull(load.state().object(Secret.TYPE, "default", "s")).spec();
    assertThat(Objects.requireNonNull(secret.data().get("a")).toArray())
        .asString()
        .isEqualTo("hello");
    assertThat(Objects.requireNonNull(secret.data().get("b")).toArray()).asString().isEqualTo("hi");
    assertThat(secret.toString()).doesNotContain("hello").doesNotContain("hi,");
  }

  @Test
  void defaultsAreFilledIn() {
    load(
        file(
            "a",
            route("r", "a.example"),
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: s}
            spec:
              parentRefs: [{name: g}]
              rules:
              - matches: [{headers: [{name: a, value: b}]}]
                backendRefs: [{name: b, port: 80}]
            """));
    assertThat(get("r").spec().rules().getFirst().matches().getFirst().path().value())
        .isEqualTo("/");
    var spec = get("s").spec();
    assertThat(spec.parentRefs().getFirst().kind()).isEqualTo("Gateway");
    var rule = spec.rules().getFirst();
    assertThat(rule.matches().getFirst().path().type())
        .isEqualTo(HttpRoute.PathMatchType.PATH_PREFIX);
    assertThat(rule.backendRefs().getFirst().backend().weight()).isEqualTo(1);
    assertThat(rule.backendRefs().getFirst().backend().target().kind()).isEqualTo("Service");
  }
}
