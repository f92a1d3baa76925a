package dev.weir.controller;

import dev.weir.controlplane.deploy.DeploySettings;
import dev.weir.controlplane.identity.CertificateAuthority;
import dev.weir.controlplane.identity.InvalidMaterial;
import dev.weir.controlplane.identity.ServerIdentity;
import dev.weir.controlplane.kube.ApiConnection;
import dev.weir.controlplane.kube.KubernetesTokenReview;
import dev.weir.controlplane.kube.TlsSecret;
import dev.weir.controlplane.serve.AdsServer;
import dev.weir.controlplane.serve.Publication;
import dev.weir.controlplane.serve.ServeOptions;
import dev.weir.controlplane.serve.ServeTls;
import dev.weir.controlplane.serve.ServeTls.Issuing;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.XdsSnapshot;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The xDS server of the control plane. */
record AdsXds(AdsServer server, @Nullable Tls tls) implements XdsService {
  static XdsService.Launcher at(InetSocketAddress address, String namespace, XdsSecurity security) {
    return switch (security) {
      case XdsSecurity.Plaintext plaintext -> insecure(address);
      case XdsSecurity.Issued issued -> issuing(address, namespace, issued.names());
      case XdsSecurity.Files files -> fromFiles(address, files);
    };
  }

  /** In plaintext. */
  static XdsService.Launcher insecure(InetSocketAddress address) {
    return (api, serves, elsewhere, answered) ->
        new AdsXds(AdsServer.start(new ServeOptions(address, null), elsewhere, answered), null);
  }

  /**
   * With mutual TLS, by an authority that all controllers share.
   *
   * @param namespace of the Secret that keeps it
   * @param names at which proxies reach the controller
   */
  private static XdsService.Launcher issuing(
      InetSocketAddress address, String namespace, List<String> names) {
    return (api, serves, elsewhere, answered) -> {
      CertificateAuthority authority = authority(api, namespace);
      ServerIdentity identity = ServerIdentity.issued(authority, names, Issuing.LIFETIME);
      ServeTls tls =
          new ServeTls(identity, new Issuing(authority, new KubernetesTokenReview(api, serves)));
      return new AdsXds(
          AdsServer.start(new ServeOptions(address, tls), elsewhere, answered),
          new Tls(
              identity,
              authority::certificatePem,
              new DeploySettings.Issued(authority.certificatePem())));
    };
  }

  /** With mutual TLS by certificates from elsewhere. */
  private static XdsService.Launcher fromFiles(InetSocketAddress address, XdsSecurity.Files files) {
    return (api, serves, elsewhere, answered) -> {
      try {
        ServerIdentity identity =
            ServerIdentity.ofFiles(files.certificate(), files.key(), files.authorities());
        return new AdsXds(
            AdsServer.start(
                new ServeOptions(address, new ServeTls(identity, null)), elsewhere, answered),
            new Tls(identity, identity::authoritiesPem, new DeploySettings.InSecret()));
      } catch (InvalidMaterial e) {
        throw new IOException(e.getMessage(), e);
      }
    };
  }

  private static CertificateAuthority authority(ApiConnection api, String namespace)
      throws IOException {
    InstantSource clock = InstantSource.system();
    TlsSecret kept =
        TlsSecret.loadOrCreate(
            api,
            namespace,
            TlsSecret.AUTHORITY,
            () -> {
              CertificateAuthority made = CertificateAuthority.create(clock);
              return new TlsSecret(made.certificatePem(), made.keyPem());
            });
    try {
      return CertificateAuthority.load(kept.certificate(), kept.key(), clock);
    } catch (InvalidMaterial e) {
      throw new IOException(
          "Secret %s/%s: %s; remove it, and it is made anew"
              .formatted(namespace, TlsSecret.AUTHORITY, e.getMessage()),
          e);
    }
  }

  @Override
  public void publish(Map<ObjectRef, XdsSnapshot> gateways, Map<String, Set<ObjectRef>> classes) {
    server.publish(new Publication(gateways, classes));
  }

  @Override
  public void sendAway() {
    server.sendAway();
  }

  @Override
  public InetSocketAddress address() {
    return server.address();
  }

  @Override
  public void close() {
    server.close();
  }
}
