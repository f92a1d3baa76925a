package dev.weir.controlplane.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.state.StandardTypes;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong with an object, line by line. */
class DecodingTest {
  private static final ObjectDecoder DECODER = new ObjectDecoder(StandardTypes.ALL);

  /** A text, and the findings as {@code weir validate} prints them, without the file's name. */
  record Case(String name, String yaml, List<String> findings) {
    static Case of(String name, String yaml, String... findings) {
      return new Case(name, yaml, List.of(findings));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @ParameterizedTest
  @MethodSource({
    "fields",
    "values",
    "rules",
    "gateways",
    "kinds",
    "core",
    "likeAnApiServer",
    "backends"
  })
  void findings(Case given) {
    List<String> found =
        DECODER.decode(SourceText.of("f", given.yaml)).stream()
            .flatMap(decoded -> decoded.problems().stream())
            .map(problem -> problem.severity().name().charAt(0) + " " + problem)
            .map(line -> line.replace(" f:", " "))
            .toList();
    assertThat(found).isEqualTo(given.findings);
  }

  private static String route(String spec) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: r}
    spec:
    %s\
    """
        .formatted(spec.indent(2));
  }

  static Stream<Case> fields() {
    return Stream.of(
        Case.of("nothing wrong", route("hostnames: [a.example]")),
        Case.of(
            "unknown field",
            route("hostname: [a.example]\nrule: 3\nwonderful: 1"),
            "E 5: HTTPRoute/default/r: spec.hostname: unknown field; did you mean hostnames?",
            "E 6: HTTPRoute/default/r: spec.rule: unknown field; did you mean rules?",
            "E 7: HTTPRoute/default/r: spec.wonderful: unknown field"),
        Case.of(
            "unknown field deep down, and another problem elsewhere",
            route(
                """
                rules:
                - matches:
                  - path: {typ: Exact, value: /a}
                  backendRefs:
                  - name: b
                """),
            "E 7: HTTPRoute/default/r: spec.rules[0].matches[0].path.typ: unknown field; did you"
                + " mean type?",
            "E 9: HTTPRoute/default/r: spec.rules[0].backendRefs[0].port: required for a Service:"
                + " name one of its ports by number"),
        Case.of(
            "given twice",
            route("hostnames: [a.example]\nhostnames: [b.example]"),
            "E 6: HTTPRoute/default/r: spec.hostnames: given twice, first in line 5"),
        Case.of(
            "unknown field beside spec",
            route("hostnames: []") + "sepc: {}\n",
            "E 6: HTTPRoute/default/r: sepc: unknown field; did you mean spec?"),
        Case.of(
            "unknown metadata",
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata:
              name: Upper
              label: {a: b}
              labels: {a: 1, b: }
            spec: {}
            """,
            "E 4: HTTPRoute/default/Upper: metadata.name: expected a name of lower-case letters, digits and"
                + " '-', beginning and ending with a letter or digit, found 'Upper'",
            "E 5: HTTPRoute/default/Upper: metadata.label: unknown field; did you mean labels?",
            "E 6: HTTPRoute/default/Upper: metadata.labels[a]: expected a string, found a number: put it in"
                + " quotes",
            "E 6: HTTPRoute/default/Upper: metadata.labels[b]: no value: write \"\" if it is to be empty"),
        Case.of(
            "no metadata, no spec",
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n",
            "E 1: HTTPRoute/default/?: metadata: required, but missing",
            "E 1: HTTPRoute/default/?: spec: required, but missing"),
        Case.of(
            "required field of an item",
            route("parentRefs:\n- namespace: ns\n- sectionName: s"),
            "E 6: HTTPRoute/default/r: spec.parentRefs[0].name: required, but missing",
            "E 7: HTTPRoute/default/r: spec.parentRefs[1].name: required, but missing"),
        Case.of(
            "null where a value is required",
            route("parentRefs:\n- namespace: ns\n  name:\nrules:\n- filters:\n  - type:"),
            "E 7: HTTPRoute/default/r: spec.parentRefs[0].name: required, but empty",
            "E 10: HTTPRoute/default/r: spec.rules[0].filters[0].type: required:"
                + " RequestHeaderModifier, ResponseHeaderModifier, RequestMirror,"
                + " RequestRedirect, URLRewrite, ExtensionRef, CORS or ExternalAuth"),
        Case.of("null is absent", route("hostnames: null\nrules: ~\nparentRefs:")),
        Case.of(
            "null in a list",
            route("hostnames: [a.example, ]\nparentRefs:\n-"),
            "E 7: HTTPRoute/default/r: spec.parentRefs[0]: empty: remove it"),
        Case.of("status is not read", route("hostnames: []") + "status: {anything: [1]}\n"));
  }

  static Stream<Case> values() {
    return Stream.of(
        Case.of(
            "wrong types",
            route(
                """
                hostnames: a.example
                parentRefs: [7, {name: 7, port: "80"}]
                rules: {}
                """),
            "E 5: HTTPRoute/default/r: spec.hostnames: expected a list, found a string",
            "E 6: HTTPRoute/default/r: spec.parentRefs[0]: expected a mapping, found a number",
            "E 6: HTTPRoute/default/r: spec.parentRefs[1].name: expected a string, found a number:"
                + " put it in quotes",
            "E 6: HTTPRoute/default/r: spec.parentRefs[1].port: expected a whole number, found a"
                + " string: remove the quotes",
            "E 7: HTTPRoute/default/r: spec.rules: expected a list, found a mapping"),
        Case.of(
            "numbers",
            route(
                """
                parentRefs:
                - {name: a, port: 0}
                - {name: b, port: 65536}
                - {name: c, port: 1.5}
                - {name: d, port: 99999999999}
                - {name: e, port: 0080}
                - {name: f, port: 0x50}
                """),
            "E 6: HTTPRoute/default/r: spec.parentRefs[0].port: must be between 1 and 65535, found"
                + " 0",
            "E 7: HTTPRoute/default/r: spec.parentRefs[1].port: must be between 1 and 65535, found"
                + " 65536",
            "E 8: HTTPRoute/default/r: spec.parentRefs[2].port: expected a whole number, found a"
                + " decimal number",
            "E 9: HTTPRoute/default/r: spec.parentRefs[3].port: a number of 32 bits is expected",
            "E 10: HTTPRoute/default/r: spec.parentRefs[4].port: a leading 0 is read differently by"
                + " different tools"),
        Case.of(
            "enumerations",
            route(
                """
                rules:
                - matches:
                  - {path: {type: Prefix}, method: get}
                  - {path: {type: exact}}
                """),
            "E 7: HTTPRoute/default/r: spec.rules[0].matches[0].path.type: expected Exact,"
                + " PathPrefix or RegularExpression, found 'Prefix'",
            "E 7: HTTPRoute/default/r: spec.rules[0].matches[0].method: expected GET, HEAD, POST,"
                + " PUT, DELETE, CONNECT, OPTIONS, TRACE or PATCH, found 'get'; did you mean GET?",
            "E 8: HTTPRoute/default/r: spec.rules[0].matches[1].path.type: expected Exact,"
                + " PathPrefix or RegularExpression, found 'exact'; did you mean Exact?"),
        Case.of(
            "durations",
            route(
                """
                rules:
                - timeouts: {request: 10, backendRequest: 1h30m}
                - timeouts: {request: 1.5s, backendRequest: 100000s}
                - timeouts: {request: 1s, backendRequest: 2s}
                """),
            "E 6: HTTPRoute/default/r: spec.rules[0].timeouts.request: expected a duration such as"
                + " 10s, 500ms or 1h30m, found '10'",
            "E 7: HTTPRoute/default/r: spec.rules[1].timeouts.request: expected a duration such as"
                + " 10s, 500ms or 1h30m, found '1.5s'",
            "E 7: HTTPRoute/default/r: spec.rules[1].timeouts.backendRequest: expected a duration"
                + " such as 10s, 500ms or 1h30m, found '100000s'",
            "E 8: HTTPRoute/default/r: spec.rules[2].timeouts.backendRequest: longer than the"
                + " timeout of the whole request"),
        Case.of(
            "patterns and lengths",
            route("hostnames: [Shop.Example, '', " + "a".repeat(254) + ", \"a.example\\n\"]"),
            "E 5: HTTPRoute/default/r: spec.hostnames[0]: expected a lower-case host name such as"
                + " shop.example.com or *.example.com, found 'Shop.Example'",
            "E 5: HTTPRoute/default/r: spec.hostnames[1]: must not be empty",
            "E 5: HTTPRoute/default/r: spec.hostnames[2]: 254 characters, at most 253 are allowed",
            "E 5: HTTPRoute/default/r: spec.hostnames[3]: expected a lower-case host name such as"
                + " shop.example.com or *.example.com, found 'a.example…'"),
        Case.of(
            "too many, too few",
            route("rules: []\nhostnames: [" + "a.example, ".repeat(17) + "]"),
            "E 5: HTTPRoute/default/r: spec.rules: at least one is required",
            "E 6: HTTPRoute/default/r: spec.hostnames: 17 entries, at most 16 are allowed"),
        Case.of(
            "equal keys",
            route(
                """
                rules:
                - matches:
                  - headers:
                    - {name: a, value: x}
                    - {name: b, value: x}
                    - {name: a, value: y}
                  filters:
                  - type: RequestHeaderModifier
                    requestHeaderModifier: {remove: [x, y, x]}
                """),
            "E 10: HTTPRoute/default/r: spec.rules[0].matches[0].headers[2]: the same name as"
                + " spec.rules[0].matches[0].headers[0]",
            "E 13: HTTPRoute/default/r:"
                + " spec.rules[0].filters[0].requestHeaderModifier.remove[2]: the same value as"
                + " spec.rules[0].filters[0].requestHeaderModifier.remove[0]"));
  }

  static Stream<Case> rules() {
    String filters = "HTTPRoute/default/r: spec.rules[0].filters";
    return Stream.of(
        Case.of(
            "filters without, with another and with an unknown type",
            route(
                """
                rules:
                - filters:
                  - urlRewrite: {}
                  - type: URLRewrite
                  - type: URLRewrite
                    cors: {}
                    urlRewrite: {hostname: a.example}
                  - type: UrlRewrite
                    urlRewrite: {hostname: a.example}
                  - type: CORS
                    cors: {allowOrigins: ['*', 'https://a.example']}
                    core: {}
                """),
            "E 7: "
                + filters
                + "[0].type: required: RequestHeaderModifier,"
                + " ResponseHeaderModifier, RequestMirror, RequestRedirect, URLRewrite,"
                + " ExtensionRef, CORS or ExternalAuth",
            "E 8: " + filters + "[1].urlRewrite: required with type URLRewrite",
            "E 10: "
                + filters
                + "[2].cors: only possible with type CORS, which is URLRewrite here:"
                + " remove it",
            "E 12: "
                + filters
                + "[3].type: expected RequestHeaderModifier,"
                + " ResponseHeaderModifier, RequestMirror, RequestRedirect, URLRewrite,"
                + " ExtensionRef, CORS or ExternalAuth, found 'UrlRewrite'; did you mean"
                + " URLRewrite?",
            "E 15: "
                + filters
                + "[4].cors.allowOrigins: '*' allows everything: remove it, or all"
                + " others",
            "E 16: " + filters + "[4].core: unknown field; did you mean cors?"),
        Case.of(
            "filters that exclude each other or come twice",
            route(
                """
                rules:
                - filters:
                  - {type: RequestRedirect, requestRedirect: {statusCode: 304}}
                - filters:
                  - {type: RequestRedirect, requestRedirect: {statusCode: 308}}
                  - {type: URLRewrite, urlRewrite: {}}
                  - {type: RequestRedirect, requestRedirect: {}}
                  backendRefs: [{name: b, port: 80}]
                """),
            "E 7: "
                + filters
                + "[0].requestRedirect.statusCode: expected 301, 302, 303, 307 or"
                + " 308, found '304'",
            "E 8: HTTPRoute/default/r: spec.rules[1].filters: RequestRedirect and URLRewrite"
                + " exclude each other",
            "E 11: HTTPRoute/default/r: spec.rules[1].filters[2]: a second RequestRedirect: merge"
                + " it into the first",
            "E 12: HTTPRoute/default/r: spec.rules[1].backendRefs: never reached: the rule"
                + " redirects. Remove one of both"),
        Case.of(
            "replacing a prefix that is not there",
            route(
                """
                rules:
                - matches: [{path: {type: Exact, value: /a}}]
                  filters:
                  - type: URLRewrite
                    urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}
                - matches: [{path: {value: /a}}]
                  filters:
                  - type: URLRewrite
                    urlRewrite: {path: {type: ReplacePrefixMatch, replaceFullPath: /b}}
                """),
            "E 9: "
                + filters
                + "[0].urlRewrite.path: ReplacePrefixMatch needs a rule with exactly"
                + " one match, of type PathPrefix",
            "E 13: HTTPRoute/default/r:"
                + " spec.rules[1].filters[0].urlRewrite.path.replaceFullPath: only possible with"
                + " type ReplaceFullPath, which is ReplacePrefixMatch here: remove it",
            "E 13: HTTPRoute/default/r:"
                + " spec.rules[1].filters[0].urlRewrite.path.replacePrefixMatch: required with type"
                + " ReplacePrefixMatch"),
        Case.of(
            "paths",
            route(
                """
                rules:
                - matches:
                  - path: {value: a}
                  - path: {value: /a//b}
                  - path: {type: Exact, value: /a/..}
                  - path: {type: Exact, value: '/a b'}
                  - path: {type: RegularExpression, value: 'a b//'}
                  - path: {value: /%2F}
                """),
            "E 7: HTTPRoute/default/r: spec.rules[0].matches[0].path.value: must begin with '/'",
            "E 8: HTTPRoute/default/r: spec.rules[0].matches[1].path.value: must not contain '//':"
                + " paths are matched normalised",
            "E 9: HTTPRoute/default/r: spec.rules[0].matches[2].path.value: must not end with '/.'"
                + " or '/..': paths are matched normalised",
            "E 10: HTTPRoute/default/r: spec.rules[0].matches[3].path.value: holds characters that"
                + " a path cannot have: percent-encode them",
            "E 12: HTTPRoute/default/r: spec.rules[0].matches[5].path.value: must not contain"
                + " '%2F': paths are matched normalised"),
        Case.of(
            "parents and names",
            route(
                """
                parentRefs: [{name: g}, {name: g}, {name: g, sectionName: s}, {name: h}]
                rules: [{name: x}, {name: x}]
                """),
            "E 5: HTTPRoute/default/r: spec.parentRefs[1]: the same reference as parentRefs[0]",
            "E 5: HTTPRoute/default/r: spec.parentRefs[2]: several references to one parent need"
                + " all a sectionName, or all a port, to tell them apart",
            "E 6: HTTPRoute/default/r: spec.rules[1].name: another rule of the route has this"
                + " name"),
        Case.of(
            "too many matches",
            route(
                "rules:\n"
                    + ("- matches: [" + "{}, ".repeat(64) + "]\n").repeat(2)
                    + "- matches: [{}]"),
            "E 5: HTTPRoute/default/r: spec.rules: 129 matches in all rules together, at most 128"
                + " are allowed: split the route"),
        Case.of(
            "external authorization and mirrors",
            route(
                """
                rules:
                - filters:
                  - type: ExternalAuth
                    externalAuth: {protocol: GRPC, http: {}, backendRef: {name: a, port: 1}}
                  - type: RequestMirror
                    requestMirror:
                      backendRef: {kind: Other, group: a.example, name: a}
                      percent: 101
                  - type: RequestMirror
                    requestMirror:
                      backendRef: {name: a, port: 1}
                      percent: 1
                      fraction: {numerator: 101}
                """),
            "E 8: " + filters + "[0].externalAuth.grpc: required with protocol GRPC",
            "E 8: "
                + filters
                + "[0].externalAuth.http: only possible with protocol HTTP: remove"
                + " it",
            "E 12: " + filters + "[1].requestMirror.percent: must be between 0 and 100, found 101",
            "E 17: "
                + filters
                + "[2].requestMirror.fraction.numerator: must not be greater than"
                + " the denominator, 100",
            "E 17: "
                + filters
                + "[2].requestMirror.fraction: percent and fraction exclude each"
                + " other: remove one"),
        Case.of(
            "sessions",
            route(
                """
                rules:
                - sessionPersistence: {cookie: {lifetimeType: Permanent}}
                - sessionPersistence: {type: Header, cookie: {}}
                """),
            "E 6: HTTPRoute/default/r: spec.rules[0].sessionPersistence.absoluteTimeout: required"
                + " with cookie.lifetimeType Permanent",
            "E 7: HTTPRoute/default/r: spec.rules[1].sessionPersistence.cookie: not possible here:"
                + " the sessions' type is another. Remove one",
            "E 7: HTTPRoute/default/r: spec.rules[1].sessionPersistence.header: required: the"
                + " sessions' type is header"));
  }

  private static String gateway(String spec) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: g, namespace: ns}
    spec:
      gatewayClassName: weir
    %s\
    """
        .formatted(spec.indent(2));
  }

  static Stream<Case> gateways() {
    return Stream.of(
        Case.of(
            "listeners",
            gateway(
                """
                listeners:
                - {name: a, port: 80, protocol: HTTP, tls: {}}
                - {name: b, port: 80, protocol: HTTPS, tls: {mode: Passthrough}}
                - {name: c, port: 80, protocol: TLS}
                - {name: d, port: 80, protocol: TCP, hostname: a.example}
                - {name: e, port: 81, protocol: HTTPS, tls: {}}
                """),
            "E 7: Gateway/ns/g: spec.listeners[0].tls.certificateRefs: required to terminate TLS:"
                + " name a Secret of type kubernetes.io/tls",
            "E 7: Gateway/ns/g: spec.listeners[0].tls: not possible with protocol HTTP: use HTTPS"
                + " or TLS, or remove it",
            "E 8: Gateway/ns/g: spec.listeners[1].tls.mode: must be Terminate with protocol HTTPS;"
                + " use protocol TLS to pass through",
            "E 9: Gateway/ns/g: spec.listeners[2].tls: required with protocol TLS: set its mode",
            "E 10: Gateway/ns/g: spec.listeners[3].hostname: not possible with protocol TCP: remove"
                + " it",
            "E 11: Gateway/ns/g: spec.listeners[4].tls.certificateRefs: required to terminate TLS:"
                + " name a Secret of type kubernetes.io/tls"),
        Case.of(
            "listeners that are the same",
            gateway(
                """
                listeners:
                - {name: a, port: 80, protocol: HTTP}
                - {name: a, port: 81, protocol: HTTP}
                """),
            "E 8: Gateway/ns/g: spec.listeners[1]: the same name as spec.listeners[0]"),
        Case.of(
            "listeners for the same",
            gateway(
                """
                listeners:
                - {name: a, port: 80, protocol: HTTP}
                - {name: b, port: 80, protocol: HTTP, hostname: a.example}
                - {name: c, port: 80, protocol: HTTP}
                """),
            "E 9: Gateway/ns/g: spec.listeners[2]: same port, protocol and hostname as listener"
                + " a"),
        Case.of(
            "addresses",
            gateway(
                """
                listeners: [{name: a, port: 80, protocol: HTTP}]
                addresses:
                - value: a.example
                - {type: Hostname, value: 'a b'}
                - {type: IPAddress, value: '1.2.3'}
                - {type: IPAddress, value: '1.2.3.4%eth0'}
                - {type: Elsewhere, value: x}
                """),
            "E 8: Gateway/ns/g: spec.addresses[0].value: not an IPv4 or IPv6 address; for a name"
                + " set type: Hostname",
            "E 9: Gateway/ns/g: spec.addresses[1].value: not a host name: lower-case labels"
                + " separated by '.' are expected",
            "E 10: Gateway/ns/g: spec.addresses[2].value: not an IPv4 or IPv6 address; for a name"
                + " set type: Hostname",
            "E 11: Gateway/ns/g: spec.addresses[3].value: not an IPv4 or IPv6 address; for a name"
                + " set type: Hostname",
            "E 12: Gateway/ns/g: spec.addresses[4].type: expected IPAddress, Hostname, NamedAddress"
                + " or a domain-prefixed word, found 'Elsewhere'"),
        Case.of(
            "the same address twice",
            gateway(
                """
                listeners: [{name: a, port: 80, protocol: HTTP}]
                addresses: [{value: '::1'}, {value: 10.0.0.1}, {type: IPAddress, value: '::1'}]
                """),
            "E 7: Gateway/ns/g: spec.addresses[2]: the same address as addresses[0]"),
        Case.of(
            "client certificates",
            gateway(
                """
                listeners: [{name: a, port: 80, protocol: HTTP}]
                tls:
                  frontend:
                    default: {validation: {caCertificateRefs: []}}
                    perPort:
                    - {port: 443, tls: {}}
                    - {port: 443, tls: {}}
                """),
            "E 9: Gateway/ns/g: spec.tls.frontend.default.validation.caCertificateRefs: at least"
                + " one is required",
            "E 12: Gateway/ns/g: spec.tls.frontend.perPort[1]: the same port as"
                + " spec.tls.frontend.perPort[0]"),
        Case.of(
            "keys of labels",
            gateway(
                """
                listeners: [{name: a, port: 80, protocol: HTTP}]
                infrastructure:
                  labels: {a.example/x: y, "a b": c, "a.example/": z}
                """),
            "E 8: Gateway/ns/g: spec.infrastructure.labels[a b]: not a valid key: expected a name"
                + " of up to 63 letters, digits, '-', '_' and '.', after an optional domain and"
                + " '/'",
            "E 8: Gateway/ns/g: spec.infrastructure.labels[a.example/]: not a valid key: expected a"
                + " name of up to 63 letters, digits, '-', '_' and '.', after an optional domain"
                + " and '/'"),
        Case.of(
            "a TLSRoute by version",
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: TLSRoute
            metadata: {name: t}
            spec:
              rules: [{backendRefs: [{name: a, port: 1}]}, {backendRefs: [{name: a, port: 1}]}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: TLSRoute
            metadata: {name: t}
            spec:
              hostnames: [a.example, 10.0.0.1]
              rules: [{backendRefs: [{name: a, port: 1}]}]
            ---
            apiVersion: gateway.networking.k8s.io/v1alpha2
            kind: TLSRoute
            metadata: {name: t}
            spec:
              rules: [{backendRefs: [{name: a, port: 1}]}, {backendRefs: [{name: a, port: 1}]}]
            """,
            "E 5: TLSRoute/default/t: spec.hostnames: required: name at least one server name",
            "E 5: TLSRoute/default/t: spec.rules: 2 rules, but this version of the kind takes one",
            "E 11: TLSRoute/default/t: spec.hostnames[1]: an address: clients send names only"));
  }

  static Stream<Case> kinds() {
    return Stream.of(
        Case.of("a Deployment", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}}"),
        Case.of("a Pod", "{apiVersion: v1, kind: Pod, metadata: {name: d}}"),
        Case.of("somebody's kind", "{apiVersion: a.example/v1, kind: Backend, x: y}"),
        Case.of(
            "almost ours",
            """
            {apiVersion: gateway.networking.k8s.io/v1, kind: HttpRoute, metadata: {name: r}}
            ---
            {apiVersion: gateway.network.k8s.io/v1, kind: HTTPRoute, metadata: {name: r}}
            ---
            {apiVersion: v1, kind: Sevice, metadata: {name: r}}
            ---
            {apiVersion: gateway.networking.x-k8s.io/v1alpha1, kind: XMesh, metadata: {name: r}}
            ---
            {apiVersion: gateway.networking.k8s.io/v2, kind: HTTPRoute, metadata: {name: r}}
            """,
            "E 1: HttpRoute/r: kind: unknown kind HttpRoute; did you mean HTTPRoute?",
            "W 3: HTTPRoute/r: apiVersion: not used by Weir: no group gateway.network.k8s.io; did"
                + " you mean gateway.networking.k8s.io?",
            "W 5: Sevice/r: kind: not used by Weir; did you mean Service?",
            "W 7: XMesh/r: kind: XMesh is not used by Weir",
            "E 9: HTTPRoute/r: apiVersion: version v2 of HTTPRoute is not known: use v1 or"
                + " v1beta1"),
        Case.of(
            "no objects",
            "just text\n---\n[1]\n---\na: b\n---\nkind: Gateway\napiVersion: 1\n---\n# nothing\n",
            "E 1: expected a Kubernetes object, found a string",
            "E 3: expected a Kubernetes object, found a list",
            "E 5: kind: required in a Kubernetes object, but missing",
            "E 5: apiVersion: required in a Kubernetes object, but missing",
            "E 8: apiVersion: expected a string, found a number: put it in quotes"),
        Case.of(
            "a list of objects",
            """
            apiVersion: v1
            kind: List
            items:
            - apiVersion: gateway.networking.k8s.io/v1
              kind: GatewayClass
              metadata: {name: c, namespace: ns}
              spec: {controllerName: nowhere}
            - just text
            """,
            "W 6: GatewayClass/c: metadata.namespace: a GatewayClass has no namespace: remove it",
            "E 7: GatewayClass/c: spec.controllerName: expected a domain and a path such as"
                + " example.com/controller, found 'nowhere'",
            "E 8: expected a Kubernetes object, found a string"));
  }

  static Stream<Case> core() {
    return Stream.of(
        Case.of(
            "fields that Weir does not read",
            """
            apiVersion: v1
            kind: Service
            metadata: {name: s}
            spec:
              internalTrafficPolicy: Local
              clusterIPs: [10.0.0.1]
              selectors: {app: s}
              ports:
              - {port: 80, targetPort: http, target_port: 8080}
              - {port: 81, targetPort: 8081, protocol: tcp}
            """,
            "W 7: Service/default/s: spec.selectors: not a field that Weir reads; did you mean"
                + " selector?",
            "W 9: Service/default/s: spec.ports[0].target_port: not a field that Weir reads; did"
                + " you mean targetPort?",
            "E 10: Service/default/s: spec.ports[1].protocol: expected TCP, UDP or SCTP, found"
                + " 'tcp'; did you mean TCP?"),
        Case.of(
            "secrets are not shown",
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: s}
            type: kubernetes.io/tls
            data: {tls.key: "not base64!", tls.crt: [1], ca.crt: aGVsbG8=}
            """,
            "E 5: Secret/default/s: data[tls.key]: not base64: encode it, or use stringData in a"
                + " Secret",
            "E 5: Secret/default/s: data[tls.crt]: expected a string, found a list"),
        Case.of(
            "endpoints",
            """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: s}
            addressType: ipv4
            endpoints: [{conditions: {ready: yes}}]
            port: []
            """,
            "E 4: EndpointSlice/default/s: addressType: expected IPv4, IPv6 or FQDN, found 'ipv4';"
                + " did you mean IPv4?",
            "E 5: EndpointSlice/default/s: endpoints[0].addresses: at least one is required",
            "E 5: EndpointSlice/default/s: endpoints[0].conditions.ready: expected true or false,"
                + " found a string",
            "W 6: EndpointSlice/default/s: port: not a field that Weir reads; did you mean"
                + " ports?"));
  }

  /** What an API server refuses of its own kinds, and of the metadata of all. */
  static Stream<Case> likeAnApiServer() {
    return Stream.of(
        Case.of(
            "names",
            """
            {apiVersion: v1, kind: ConfigMap, metadata: {name: a.b-c.1}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: a_b}}
            ---
            {apiVersion: v1, kind: Namespace, metadata: {name: a.b}}
            ---
            {apiVersion: v1, kind: Namespace, metadata: {name: 1a}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: 1a}, spec: {clusterIP: None}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: a, namespace: a.b}, spec: {clusterIP: None}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: %s}, spec: {clusterIP: None}}
            """
                .formatted("a".repeat(64)),
            "E 3: ConfigMap/default/a_b: metadata.name: expected a name of lower-case letters,"
                + " digits and '-', beginning and ending with a letter or digit, found 'a_b'",
            "E 5: Namespace/a.b: metadata.name: expected at most 63 lower-case letters, digits and"
                + " '-', found 'a.b'",
            "E 9: Service/default/1a: metadata.name: expected at most 63 lower-case letters, digits"
                + " and '-', beginning with a letter, found '1a'",
            "E 11: Service/a.b/a: metadata.namespace: expected a name of lower-case letters, digits"
                + " and '-', beginning and ending with a letter or digit, found 'a.b'",
            "E 13: Service/default/%s: metadata.name: expected at most 63 lower-case letters,"
                    .formatted("a".repeat(64))
                + " digits and '-', beginning with a letter, found '%s'".formatted("a".repeat(64))),
        Case.of(
            "labels and annotations",
            """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: c
              labels:
                shop.example/team: edge
                Shop.example/team: edge
                -team: edge
                %s: long
              annotations:
                Shop.example/note: 'anything: at all'
                no/te/s: x
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: c, labels: {team: -edge}}}
            """
                .formatted("a".repeat(64)),
            "E 7: ConfigMap/default/c: metadata.labels[Shop.example/team]: not a valid key:"
                + " expected a name of up to 63 letters, digits, '-', '_' and '.', after an optional"
                + " domain and '/'",
            "E 8: ConfigMap/default/c: metadata.labels[-team]: not a valid key: expected a name of"
                + " up to 63 letters, digits, '-', '_' and '.', after an optional domain and '/'",
            "E 9: ConfigMap/default/c: metadata.labels[%s]: not a valid key: expected a name of up to 63"
                    .formatted("a".repeat(64))
                + " letters, digits, '-', '_' and '.', after an optional domain and '/'",
            "E 12: ConfigMap/default/c: metadata.annotations[no/te/s]: not a valid key: expected a"
                + " name of up to 63 letters, digits, '-', '_' and '.', after an optional domain and"
                + " '/'",
            "E 14: ConfigMap/default/c: metadata.labels[team]: expected letters, digits, '-', '_'"
                + " and '.', found '-edge'"),
        Case.of(
            "annotations that are too large",
            """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: c
              annotations: {a: %s}
            """
                .formatted("a".repeat(256 << 10)),
            "E 5: ConfigMap/default/c: metadata.annotations: 262145 bytes, at most 262144 are"
                + " allowed: use a ConfigMap"),
        Case.of(
            "ports of Services",
            """
            apiVersion: v1
            kind: Service
            metadata: {name: s}
            spec:
              ports:
              - {port: 0}
              - {port: 65536, name: Web}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: s}
            spec:
              ports:
              - {port: 80, name: a, targetPort: 0}
              - {port: 81, name: b, targetPort: web--1}
              - {port: 82, name: c, appProtocol: a/b/c}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: s}
            spec:
              ports:
              - {port: 80}
              - {port: 80, protocol: TCP, name: b}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: s}
            spec:
              ports:
              - {port: 80}
              - {port: 80, protocol: UDP, name: b}
              - {port: 81, name: b, nodePort: 30000}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: []}}
            """,
            "E 6: Service/default/s: spec.ports[0].port: must be between 1 and 65535, found 0",
            "E 7: Service/default/s: spec.ports[1].name: expected lower-case letters, digits and"
                + " '-', found 'Web'",
            "E 7: Service/default/s: spec.ports[1].port: must be between 1 and 65535, found 65536",
            "E 14: Service/default/s: spec.ports[0].targetPort: must be between 1 and 65535, found"
                + " 0",
            "E 15: Service/default/s: spec.ports[1].targetPort: expected a number, or a name of up"
                + " to 15 lower-case letters, digits and single '-', with at least one letter",
            "E 16: Service/default/s: spec.ports[2].appProtocol: expected a word, after an optional"
                + " domain and '/'",
            "E 24: Service/default/s: spec.ports[1]: the same port and protocol as spec.ports[0]",
            "E 31: Service/default/s: spec.ports[0].name: required, because there are several"
                + " ports",
            "E 33: Service/default/s: spec.ports[2].name: another port has this name",
            "E 33: Service/default/s: spec.ports[2].nodePort: only possible with type NodePort or"
                + " LoadBalancer",
            "E 35: Service/default/s: spec.ports: at least one is required, unless clusterIP is"
                + " None"),
        Case.of(
            "addresses of Services",
            """
            {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {clusterIP: None, selector: {a: b c}}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: b}, spec: {clusterIP: none, ports: [{port: 1}]}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: c}, spec: {type: LoadBalancer, clusterIP: None}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: d},
             spec: {clusterIP: 10.0.0.1, clusterIPs: ["::1", None], ports: [{port: 1}]}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: e}, spec: {type: ExternalName}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: f},
             spec: {type: ExternalName, externalName: Example.com, clusterIP: 10.0.0.1}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: g}, spec: {type: ExternalName, externalName: example.com.}}
            """,
            "E 1: Service/default/a: spec.selector[a]: no label has this value: expected up to 63"
                + " letters, digits, '-', '_' and '.'",
            "E 3: Service/default/b: spec.clusterIP: expected an IPv4 or IPv6 address, None or"
                + " nothing",
            "E 5: Service/default/c: spec.clusterIP: None is only possible with type ClusterIP",
            "E 8: Service/default/d: spec.clusterIPs[1]: expected an IPv4 or IPv6 address, or only"
                + " None",
            "E 8: Service/default/d: spec.clusterIPs[0]: not the same as clusterIP",
            "E 10: Service/default/e: spec.externalName: a lower-case host name is required with"
                + " type ExternalName",
            "E 13: Service/default/f: spec.clusterIP: not possible with type ExternalName: remove"
                + " it",
            "E 13: Service/default/f: spec.externalName: a lower-case host name is required with"
                + " type ExternalName"),
        Case.of(
            "EndpointSlices",
            """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: s}
            addressType: IPv4
            endpoints:
            - addresses: [127.0.0.1, 10.0.0.256]
            - addresses: ["::1"]
            ports: [{name: web, port: 80}, {name: other, appProtocol: a/b/c}]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: s}
            addressType: FQDN
            endpoints:
            - {addresses: [a.example], hostname: a.example}
            - {addresses: [A.example]}
            ports: [{name: web}, {name: Web}]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: s}
            addressType: IPv6
            endpoints: []
            ports: [{name: web}, {}, {name: web}]
            """,
            "E 6: EndpointSlice/default/s: endpoints[0].addresses[1]: not an address of type IPv4",
            "E 7: EndpointSlice/default/s: endpoints[1].addresses[0]: not an address of type IPv4",
            "E 8: EndpointSlice/default/s: ports[1].appProtocol: expected a word, after an optional"
                + " domain and '/'",
            "E 15: EndpointSlice/default/s: endpoints[0].hostname: expected lower-case letters,"
                + " digits and '-', found 'a.example'",
            "E 17: EndpointSlice/default/s: ports[1].name: expected lower-case letters, digits and"
                + " '-', found 'Web'",
            "E 24: EndpointSlice/default/s: ports[2]: the same name as ports[0]"),
        Case.of(
            "Secrets and ConfigMaps",
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: s}
            type: kubernetes.io/tls
            data: {tls.crt: ""}
            stringData: {..data: x, a b: y}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: s}
            type: kubernetes.io/tls
            data: {tls.crt: ""}
            stringData: {tls.key: key}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: c}
            data: {a/b: x, c: "%s"}
            binaryData: {c: aGVsbG8=}
            """
                .formatted("c".repeat(1 << 20)),
            "E 5: Secret/default/s: data[..data]: not a valid key: expected letters, digits, '-',"
                + " '_' and '.', as in the name of a file",
            "E 5: Secret/default/s: data[a b]: not a valid key: expected letters, digits, '-', '_'"
                + " and '.', as in the name of a file",
            "E 5: Secret/default/s: data[tls.key]: required in a Secret of type kubernetes.io/tls",
            "E 18: ConfigMap/default/c: data[a/b]: not a valid key: expected letters, digits, '-',"
                + " '_' and '.', as in the name of a file",
            "E 18: ConfigMap/default/c: data: 1048582 bytes in all values, at most 1048576 are"
                + " allowed",
            "E 19: ConfigMap/default/c: binaryData[c]: the same key as in data: remove one"));
  }

  static Stream<Case> backends() {
    return Stream.of(
        Case.of(
            "endpoints",
            """
            apiVersion: weir.dev/v1alpha1
            kind: Backend
            metadata: {name: b}
            spec:
              connectTimeout: 0s
              groups:
              - priority: 2
                endpoints:
                - {ip: 10.0.0.1, hostname: a.example, port: 80}
                - {ip: a.example, port: 80}
                - {hostname: a.example}
                - {unix: run/s, port: 80}
                - {unix: /run/s, port: 80}
              - priority: 2
                endpoints: []
            """,
            "E 9: Backend/default/b: spec.groups[0].endpoints[0]: set exactly one of ip, hostname"
                + " and unix",
            "E 10: Backend/default/b: spec.groups[0].endpoints[1].ip: not an IPv4 or IPv6 address;"
                + " for a name use hostname",
            "E 11: Backend/default/b: spec.groups[0].endpoints[2].port: required with ip and"
                + " hostname",
            "E 12: Backend/default/b: spec.groups[0].endpoints[3].unix: expected an absolute path,"
                + " found 'run/s'",
            "E 13: Backend/default/b: spec.groups[0].endpoints[4].port: not possible with unix:"
                + " remove it",
            "E 15: Backend/default/b: spec.groups[1].endpoints: at least one is required"),
        Case.of(
            "groups",
            """
            apiVersion: weir.dev/v1alpha1
            kind: Backend
            metadata: {name: b}
            spec:
              protocol: H2C
              tls: {hostname: a.example}
              groups:
              - endpoints: [{unix: /run/s}]
              - endpoints: [{hostname: a.example, port: 80}]
              - priority: 2
                endpoints: [{ip: '::1', port: 80}]
            ---
            apiVersion: weir.dev/v1alpha1
            kind: Backend
            metadata: {name: b}
            spec:
              connectTimeout: 0s
              groups:
              - endpoints: [{unix: /run/s}]
              - endpoints: [{hostname: a.example, port: 80}]
              - priority: 2
                endpoints: [{ip: '::1', port: 80}]
            """,
            "E 5: Backend/default/b: spec.protocol: expected HTTP1 or HTTP2, found 'H2C'",
            "E 6: Backend/default/b: spec.tls: set caCertificateRefs, or wellKnownCACertificates:"
                + " System",
            "E 17: Backend/default/b: spec.connectTimeout: must be longer than 0s",
            "E 18: Backend/default/b: spec.groups: hostname and unix cannot be mixed in one"
                + " Backend: make two and weight them",
            "E 20: Backend/default/b: spec.groups[1]: same locality and priority as another: merge"
                + " them",
            "E 21: Backend/default/b: spec.groups[2].priority: no group has priority 1: leave no"
                + " gaps"));
  }
}
