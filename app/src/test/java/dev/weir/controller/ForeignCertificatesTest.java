package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.weir.cli.Main;
import dev.weir.controlplane.identity.CertificateAuthority;
import dev.weir.core.api.Kind;
import dev.weir.core.api.k8s.ConfigMap;
import dev.weir.core.api.k8s.Secret;
import dev.weir.core.api.k8s.Service;
import dev.weir.dataplane.DataPlaneOptions;
import dev.weir.endtoend.Eventually;
import dev.weir.endtoend.Loopback;
import dev.weir.endtoend.TestCertificate;
import dev.weir.fleet.FleetOptions;
import dev.weir.fleet.FleetProxy;
import dev.weir.proxy.source.ads.AdsOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.ParseResult;
import tools.jackson.databind.JsonNode;

/** Controller and proxies with certificates of somebody else, such as cert-manager, in files. */
class ForeignCertificatesTest {
  private static final Kind DEPLOYMENT = Kind.namespaced("apps", "v1", "Deployment", "deployments");
  private static final String SERVES = "Gateway/shop/web";

  @TempDir private Path directory;
  private final String ip = Loopback.next();

  /** As in a Secret: certificate and key of the controller, and whom it and the proxies believe. */
  private XdsSecurity.Files controllers(TestCertificate own, CertificateAuthority ofProxies)
      throws Exception {
    Path certificate = own.write(directory, "controller");
    return new XdsSecurity.Files(
        certificate,
        certificate.resolveSibling("controller.key"),
        Files.writeString(directory.resolve("ca.crt"), ofProxies.certificatePem()));
  }

  private TestCertificate certificate() throws Exception {
    return TestCertificate.with(
        new GeneralName(GeneralName.dNSName, "weir.example"),
        new GeneralName(GeneralName.iPAddress, ip));
  }

  /** What a proxy has: certificate and key for what it serves, and whom to believe. */
  private AdsOptions.Security.Files proxys(
      String node, CertificateAuthority authority, TestCertificate controller) throws Exception {
    TestCertificate any = TestCertificate.of("any");
    byte[] request =
        new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=any"), any.keys().getPublic())
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(any.keys().getPrivate()))
            .getEncoded();
    return new AdsOptions.Security.Files(
        Files.writeString(directory.resolve(node + "-ca.crt"), controller.certificatePem()),
        Files.writeString(
            directory.resolve(node + ".crt"),
            authority.issue(request, SERVES, Duration.ofHours(1))),
        Files.writeString(directory.resolve(node + ".key"), any.keyPem()));
  }

  private static FleetProxy proxy(
      String node, InetSocketAddress controller, AdsOptions.Security security) throws Exception {
    return FleetProxy.start(
        new FleetOptions(
            new AdsOptions(
                controller.getAddress().getHostAddress(),
                controller.getPort(),
                node,
                SERVES,
                "1.0.0",
                security),
            null,
            null,
            DataPlaneOptions.QUIET),
        applied -> {});
  }

  private static List<String> connected(Controller controller) {
    Controller.State state = controller.state();
    return state == null
        ? List.of()
        : state.proxies().stream().map(proxy -> proxy.node()).sorted().toList();
  }

  @Test
  void knowEachOtherAlsoWhenTheFilesAreReplaced() throws Exception {
    CertificateAuthority authority = CertificateAuthority.create(InstantSource.system());
    TestCertificate first = certificate();
    XdsSecurity.Files files = controllers(first, authority);
    try (ApiServer server = ApiServer.withCrds(directory)) {
      server.apply(Shop.EMPTY + Shop.gateway("web", 8080));
      try (Controller controller =
              Controller.start(
                  new ControllerOptions(
                          server.kubeconfig(), null, "weir-system", "test", null, null, null)
                      .with(new ControllerOptions.Provisioning("weir:18000", "weir:1")),
                  new InetSocketAddress(InetAddress.ofLiteral(ip), 0),
                  files);
          FleetProxy one = proxy("one", controller.xdsAddress(), proxys("one", authority, first))) {
        assertThat(one.adminAddress()).isNull();
        Eventually.holds(() -> assertThat(connected(controller)).containsExactly("one"));

        // Renewed, with another key: who comes now is shown the new one, who is there stays.
        TestCertificate second = certificate();
        second.write(directory, "controller");
        for (Path file : List.of(files.certificate(), files.key())) {
          Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(10)));
        }
        try (FleetProxy two =
            proxy("two", controller.xdsAddress(), proxys("two", authority, second))) {
          assertThat(two.adminAddress()).isNull();
          Eventually.holds(() -> assertThat(connected(controller)).containsExactly("one", "two"));
        }
        podsHaveTheirsInASecret(server);
      }
    }
  }

  private static void podsHaveTheirsInASecret(ApiServer server) throws Exception {
    Eventually.holds(() ->
        assertThat(server.object(Service.TYPE, "shop", "weir-web").isMissingNode()).isFalse());
    JsonNode pod = server.object(DEPLOYMENT, "shop", "weir-web").at("/spec/template/spec");
    assertThat(pod.at("/volumes/0/secret/secretName").asString()).isEqualTo("weir-web");
    ParseResult parsed =
        Main.commandLine()
            .parseArgs(
                pod.at("/containers/0/args")
                    .valueStream()
                    .map(JsonNode::asString)
                    .toArray(String[]::new));
    assertThat(parsed.subcommand().hasMatchedOption("--cert")).isTrue();
    assertThat(server.object(ConfigMap.TYPE, "shop", "weir-web").isMissingNode()).isTrue();
    // It makes no authority that nobody needs.
    assertThat(server.objects(Secret.TYPE.kind())).isEmpty();
  }

  @Test
  void filesThatCannotBeReadAreToldAtTheStart() throws Exception {
    try (ApiServer server = ApiServer.start(directory)) {
      Path missing = directory.resolve("missing.crt");
      assertThatIOException()
          .isThrownBy(() ->
              Controller.start(
                  new ControllerOptions(
                      server.kubeconfig(), null, "weir-system", "test", null, null, null),
                  new InetSocketAddress(InetAddress.ofLiteral(ip), 0),
                  new XdsSecurity.Files(missing, missing, missing)))
          .withMessageContaining("missing.crt");
    }
  }
}
