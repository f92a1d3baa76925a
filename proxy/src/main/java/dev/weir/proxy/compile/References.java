package dev.weir.proxy.compile;

import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.proxy.compile.TlsSpec.CertificateRef;
import dev.weir.proxy.compile.TlsSpec.TrustRef;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Collects what compiled resources refer to by name; the {@link Linker} follows the same links. */
final class References {
  private final Set<ResourceKey> all = new HashSet<>();

  Set<ResourceKey> all() {
    return all;
  }

  void of(ListenerSpec listener) {
    switch (listener) {
      case ListenerSpec.Tcp tcp -> chains(tcp.chains());
      case ListenerSpec.Quic quic -> chains(quic.chains());
      case ListenerSpec.Udp udp -> {}
    }
  }

  void of(ClusterSpec cluster) {
    switch (cluster.endpoints()) {
      case ClusterSpec.Endpoints.Assigned(String name) ->
          all.add(new ResourceKey(ResourceType.CLUSTER_LOAD_ASSIGNMENT, name));
      case ClusterSpec.Endpoints.Inline inline -> {}
    }
    TlsSpec.Client tls = cluster.tls();
    if (tls != null) {
      if (tls.certificate() != null) {
        certificate(tls.certificate());
      }
      trust(tls.trust());
    }
  }

  private void chains(List<ListenerSpec.Chain> chains) {
    for (ListenerSpec.Chain chain : chains) {
      TlsSpec.Server tls = chain.tls();
      if (tls != null) {
        tls.certificates().forEach(this::certificate);
        if (tls.clients() != null) {
          trust(tls.clients().trust());
        }
      }
      if (chain.traffic() instanceof HttpSpec http
          && http.routes() instanceof HttpSpec.Routes.Named(String name)) {
        all.add(new ResourceKey(ResourceType.ROUTE_CONFIGURATION, name));
      }
    }
  }

  private void certificate(CertificateRef certificate) {
    switch (certificate) {
      case CertificateRef.Named(String secret) ->
          all.add(new ResourceKey(ResourceType.SECRET, secret));
      case CertificateRef.Inline inline -> {}
    }
  }

  private void trust(TrustRef trust) {
    if (trust.secret() != null) {
      all.add(new ResourceKey(ResourceType.SECRET, trust.secret()));
    }
  }
}
