package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.identity.CertificateAuthority;
import dev.weir.controlplane.identity.ServerIdentity;
import dev.weir.controlplane.serve.AdsServer;
import dev.weir.controlplane.serve.Publication;
import dev.weir.controlplane.serve.ServeOptions;
import dev.weir.controlplane.serve.ServeTls;
import dev.weir.core.xds.ResourceType;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.OpenSsl;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;

/** Mutual TLS as the whole of Weir has it: ended by BoringSSL, which the control plane lacks. */
class AdsServerTlsTest {
  private static final String SERVES = "Gateway/default/edge";

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /** How the first request on a stream ends: OK if it is answered. */
  private static Status first(InetSocketAddress server, TlsChannelCredentials.Builder credentials)
      throws Exception {
    CompletableFuture<Status> end = new CompletableFuture<>();
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress(
                server.getAddress().getHostAddress(), server.getPort(), credentials.build())
            .build();
    try {
      AggregatedDiscoveryServiceGrpc.newStub(channel)
          .deltaAggregatedResources(
              new StreamObserver<DeltaDiscoveryResponse>() {
                @Override
                public void onNext(DeltaDiscoveryResponse response) {
                  end.complete(Status.OK);
                }

                @Override
                public void onError(Throwable failure) {
                  end.complete(Status.fromThrowable(failure));
                }

                @Override
                public void onCompleted() {
                  end.complete(Status.UNKNOWN);
                }
              })
          .onNext(
              DeltaDiscoveryRequest.newBuilder()
                  .setNode(Node.newBuilder().setId("p").setCluster(SERVES))
                  .setTypeUrl(ResourceType.CLUSTER.url())
                  .build());
      return end.get(20, TimeUnit.SECONDS);
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void knowsItsClientsByTheirCertificates() throws Exception {
    assertThat(OpenSsl.isAvailable()).isTrue();
    CertificateAuthority authority = CertificateAuthority.create(InstantSource.system());
    String ip = Loopback.next();
    TestCertificate own = TestCertificate.of("any");
    KeyPair keys = own.keys();
    byte[] request =
        new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=any"), keys.getPublic())
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
            .getEncoded();
    ServeTls tls =
        new ServeTls(ServerIdentity.issued(authority, List.of(ip), Duration.ofHours(1)), null);
    try (AdsServer server =
        AdsServer.start(
            new ServeOptions(new InetSocketAddress(InetAddress.ofLiteral(ip), 0), tls),
            states -> {})) {
      server.publish(new Publication(Map.of(), Map.of()));
      for (String serves : List.of(SERVES, "Gateway/default/other")) {
        String chain = authority.issue(request, serves, Duration.ofHours(1));
        Status status =
            first(
                server.address(),
                TlsChannelCredentials.newBuilder()
                    .trustManager(stream(authority.certificatePem()))
                    .keyManager(stream(chain), stream(own.keyPem())));
        assertThat(status.getCode())
            .as(status.toString())
            .isEqualTo(serves.equals(SERVES) ? Status.Code.OK : Status.Code.PERMISSION_DENIED);
      }
      Status anonymous =
          first(
              server.address(),
              TlsChannelCredentials.newBuilder().trustManager(stream(authority.certificatePem())));
      assertThat(anonymous.getCode())
          .as(anonymous.toString())
          .isEqualTo(Status.Code.PERMISSION_DENIED);
    }
  }
}
