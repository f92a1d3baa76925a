package dev.weir.controlplane.serve;

import static dev.weir.controlplane.serve.AdsClient.node;
import static dev.weir.controlplane.serve.AdsClient.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import dev.weir.controlplane.identity.CertificateAuthority;
import dev.weir.controlplane.identity.ServerIdentity;
import dev.weir.core.xds.ResourceType;
import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may have what: mutual TLS, and certificates for tokens. */
class IdentityTest {
  private static final String GOOD = "good-token";
  private static final Duration LIFETIME = Duration.ofHours(24);

  private final CertificateAuthority authority =
      CertificateAuthority.create(InstantSource.system());
  private volatile Instant now = Instant.now();
  private final KeyPair keys = newKeys("EC", 256);
  private volatile @Nullable String elsewhere;
  private AdsServer server;

  @BeforeEach
  void start() throws IOException {
    server = start(ServerIdentity.issued(authority, List.of("localhost", "127.0.0.1"), LIFETIME));
  }

  private AdsServer start(ServerIdentity identity) throws IOException {
    ServeTls tls =
        new ServeTls(
            identity,
            new ServeTls.Issuing(
                authority,
                token ->
                    switch (token) {
                      case GOOD -> AdsClient.SERVES;
                      case "broken" -> throw new IllegalStateException("no API server");
                      case "away" -> throw new IOException("10.0.0.1 does not answer");
                      default -> null;
                    }));
    AdsServer started =
        AdsServer.start(
            new ServeOptions(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), tls),
            () -> elsewhere,
            states -> {});
    started.publish(new Content().clusters("c").published());
    return started;
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static KeyPair newKeys(String algorithm, int size) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(size);
      return generator.generateKeyPair();
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] request(KeyPair keys, KeyPair signing) throws Exception {
    return new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=anything"), keys.getPublic())
        .build(
            new JcaContentSignerBuilder("SHA256with" + (isEc(keys) ? "ECDSA" : "RSA"))
                .build(signing.getPrivate()))
        .getEncoded();
  }

  private static boolean isEc(KeyPair keys) {
    return keys.getPublic().getAlgorithm().equals("EC");
  }

  private static String pem(String label, byte[] content) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(content), label);
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Trusts the authority and shows a certificate, if there is one. */
  private ChannelCredentials credentials(@Nullable String chain) throws IOException {
    TlsChannelCredentials.Builder builder =
        TlsChannelCredentials.newBuilder().trustManager(stream(authority.certificatePem()));
    if (chain != null) {
      builder.keyManager(stream(chain), stream(pem("PRIVATE KEY", keys.getPrivate().getEncoded())));
    }
    return builder.build();
  }

  private String issued(CertificateAuthority by, String serves, Duration life) throws Exception {
    return by.issue(request(keys, keys), serves, life);
  }

  /** What comes of asking for clusters with that certificate. */
  private Status refusal(@Nullable String chain) throws Exception {
    try (var client = AdsClient.delta(server.address(), credentials(chain))) {
      client.send(subscribe(ResourceType.CLUSTER).setNode(node("p", AdsClient.SERVES)).build());
      return client.ended();
    }
  }

  // --- who may read ------------------------------------------------------------------------------

  @Test
  void servesWhoHasTheCertificateForIt() throws Exception {
    String chain = issued(authority, AdsClient.SERVES, Duration.ofHours(1));
    try (var client = AdsClient.delta(server.address(), credentials(chain))) {
      client.send(subscribe(ResourceType.CLUSTER).setNode(node("p", AdsClient.SERVES)).build());

      assertThat(AdsClient.names(client.next())).containsExactly("c=1");
    }
  }

  @Test
  void refusesTheCertificateOfAnother() throws Exception {
    Status status = refusal(issued(authority, "Gateway/infra/edge2", Duration.ofHours(1)));

    assertThat(status.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(status.getDescription())
        .isEqualTo(
            "the client certificate has the URI [spiffe://weir.dev/Gateway/infra/edge2], and"
                + " \"spiffe://weir.dev/Gateway/infra/edge\" is needed for the node.cluster"
                + " \"Gateway/infra/edge\"");
  }

  @Test
  void refusesWhoHasNoCertificate() throws Exception {
    Status status = refusal(null);

    assertThat(status.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(status.getDescription())
        .contains("a client certificate is needed", "spiffe://weir.dev/<node.cluster>");
  }

  @Test
  void refusesTheCertificateOfAnotherAuthority() throws Exception {
    CertificateAuthority other = CertificateAuthority.create(InstantSource.system());

    assertThat(refusal(issued(other, AdsClient.SERVES, Duration.ofHours(1))).getCode())
        .isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void refusesACertificateThatRanOut() throws Exception {
    CertificateAuthority yesterday =
        CertificateAuthority.load(
            authority.certificatePem(),
            authority.keyPem(),
            InstantSource.fixed(Instant.now().minus(1, ChronoUnit.DAYS)));

    assertThat(refusal(issued(yesterday, AdsClient.SERVES, Duration.ofHours(23))).getCode())
        .isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void refusesTheControllersOwnCertificate() throws Exception {
    // It is for a server.
    try (var client =
        AdsClient.delta(
            server.address(),
            TlsChannelCredentials.newBuilder()
                .trustManager(stream(authority.certificatePem()))
                .keyManager(
                    ServerIdentity.issued(authority, List.of("localhost"), LIFETIME).keyManager())
                .build())) {
      client.send(subscribe(ResourceType.CLUSTER).setNode(node("p", AdsClient.SERVES)).build());

      assertThat(client.ended().getCode())
          .isIn(Status.Code.UNAVAILABLE, Status.Code.PERMISSION_DENIED);
    }
  }

  @Test
  void aStreamEndsWithTheCertificate() throws Exception {
    String chain = issued(authority, AdsClient.SERVES, Duration.ofSeconds(3));
    try (var client = AdsClient.delta(server.address(), credentials(chain))) {
      client.send(subscribe(ResourceType.CLUSTER).setNode(node("p", AdsClient.SERVES)).build());
      client.next();

      assertThat(client.ended().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(client.ended().getDescription()).startsWith("the client certificate ran out at ");
    }
  }

  // --- certificates for tokens -------------------------------------------------------------------

  private String issue(@Nullable String authorization, byte[] request) throws Exception {
    ManagedChannel channel = AdsClient.channel(server.address(), credentials(null));
    try {
      Metadata head = new Metadata();
      if (authorization != null) {
        head.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), authorization);
      }
      return ClientCalls.blockingUnaryCall(
              io.grpc.ClientInterceptors.intercept(
                  channel, MetadataUtils.newAttachHeadersInterceptor(head)),
              IdentityService.ISSUE,
              io.grpc.CallOptions.DEFAULT,
              BytesValue.of(ByteString.copyFrom(request)))
          .getValue();
    } finally {
      channel.shutdownNow();
    }
  }

  private Status notIssued(@Nullable String authorization, byte[] request) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> issue(authorization, request))
        .getStatus();
  }

  /** Of several controllers each knows as much of a token as the one that leads. */
  @Test
  void givesACertificateAlsoIfAnotherControllerLeads() throws Exception {
    elsewhere = "weir-1 leads";

    String chain = issue("Bearer " + GOOD, request(keys, keys));

    assertThat(chain).startsWith("-----BEGIN CERTIFICATE-----");
    assertThat(refusal(chain).getDescription()).startsWith("weir-1 leads");
    // Strangers do not hear who leads.
    assertThat(refusal(null).getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  @Test
  void givesACertificateForAToken() throws Exception {
    String chain = issue("Bearer " + GOOD, request(keys, keys));

    List<? extends java.security.cert.Certificate> read =
        List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(stream(chain)));
    assertThat(read).hasSize(2);
    assertThat(read.getLast()).isEqualTo(authority.certificate());
    X509Certificate own = (X509Certificate) read.getFirst();
    assertThat(own.getPublicKey()).isEqualTo(keys.getPublic());
    assertThat(own.getSubjectAlternativeNames())
        .containsExactly(List.of(6, "spiffe://weir.dev/Gateway/infra/edge"));
    assertThat(own.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(own.getBasicConstraints()).isEqualTo(-1);
    assertThat(own.getSubjectX500Principal().getName()).isEqualTo("CN=" + AdsClient.SERVES);
    assertThat(own.getSerialNumber()).isGreaterThan(BigInteger.ZERO);
    Instant start = own.getNotBefore().toInstant();
    assertThat(start).isBetween(Instant.now().minusSeconds(360), Instant.now().minusSeconds(299));
    assertThat(Duration.between(start, own.getNotAfter().toInstant()))
        .isEqualTo(Duration.ofHours(24).plusMinutes(5));
    try (var client = AdsClient.delta(server.address(), credentials(chain))) {
      client.send(subscribe(ResourceType.CLUSTER).setNode(node("p", AdsClient.SERVES)).build());
      client.next();
    }
  }

  @Test
  void givesNoneWithoutAGoodToken() throws Exception {
    byte[] request = request(keys, keys);

    assertThat(notIssued(null, request).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(notIssued("Basic x", request).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(notIssued("Bearer bad", request).getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    for (String trouble : List.of("broken", "away")) {
      Status status = notIssued("Bearer " + trouble, request);
      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      // The reason is not for strangers.
      assertThat(status.getDescription())
          .isEqualTo("the token cannot be reviewed now; try again later");
    }
  }

  @Test
  void givesNoneForARequestThatProvesNothing() throws Exception {
    String good = "Bearer " + GOOD;
    KeyPair weak = newKeys("RSA", 1024);
    byte[] whole = request(keys, keys);
    byte[] cut = java.util.Arrays.copyOf(whole, whole.length - 10);

    assertThat(notIssued(good, request(keys, newKeys("EC", 256))).getDescription())
        .isEqualTo("the certificate request is not signed with its own key");
    assertThat(notIssued(good, cut).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(notIssued(good, new byte[] {1, 2}).getDescription())
        .isEqualTo("the certificate request cannot be read");
    assertThat(notIssued(good, request(weak, weak)).getDescription()).contains("RSA of 2048");
    assertThat(new PKCS10CertificationRequest(whole).getSubject()).hasToString("CN=anything");
  }

  // --- the server's own --------------------------------------------------------------------------

  /** The certificate that a handshake shows. */
  private X509Certificate shown() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Anybody()}, null);
    try (SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket("127.0.0.1", server.address().getPort())) {
      var parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  /** The test looks at the certificate itself. */
  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @Test
  void replacesItsCertificateBeforeItRunsOut() throws Exception {
    server.close();
    CertificateAuthority turning =
        CertificateAuthority.load(authority.certificatePem(), authority.keyPem(), () -> now);
    server = start(ServerIdentity.issued(turning, List.of("localhost"), Duration.ofHours(3)));
    X509Certificate first = shown();
    assertThat(first.getSubjectAlternativeNames()).containsExactly(List.of(2, "localhost"));
    now = now.plus(119, ChronoUnit.MINUTES);
    assertThat(shown()).isEqualTo(first);
    now = now.plus(1, ChronoUnit.MINUTES);

    assertThat(shown()).isNotEqualTo(first);
  }

  @Test
  void takesItsCertificateFromFiles(@TempDir Path directory) throws Exception {
    Path certificate = directory.resolve("tls.crt");
    Path key = directory.resolve("tls.key");
    Path authorities = Files.writeString(directory.resolve("ca.crt"), authority.certificatePem());
    CertificateAuthority first = CertificateAuthority.create(InstantSource.system());
    CertificateAuthority second = CertificateAuthority.create(InstantSource.system());
    write(certificate, first.certificatePem(), 1);
    write(key, first.keyPem(), 1);
    server.close();
    server = start(ServerIdentity.ofFiles(certificate, key, authorities));
    assertThat(shown()).isEqualTo(first.certificate());
    write(certificate, second.certificatePem(), 2);
    assertThat(shown()).as("without its key").isEqualTo(first.certificate());
    write(key, second.keyPem(), 2);

    assertThat(shown()).isEqualTo(second.certificate());
  }

  private static void write(Path file, String text, long second) throws IOException {
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.fromMillis(second * 1000));
  }
}
