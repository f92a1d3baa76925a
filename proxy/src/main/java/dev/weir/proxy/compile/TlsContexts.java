package dev.weir.proxy.compile;

import dev.weir.proxy.compile.SecretValue.Certificate;
import dev.weir.proxy.compile.SecretValue.Trust;
import dev.weir.proxy.plan.DownstreamTls;
import dev.weir.proxy.plan.DownstreamTls.ClientAuthentication;
import dev.weir.proxy.tls.AnyPeer;
import dev.weir.proxy.tls.NoClients;
import dev.weir.proxy.tls.PeerName;
import dev.weir.proxy.tls.PeerVerifier;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Makes the contexts of TLS connections: by BoringSSL where its library is there, else by the JDK.
 * The same settings with the same secrets give the same context, from one compilation to the next.
 */
final class TlsContexts {
  /** Forward secrecy and authenticated encryption only (RFC 9325, section 4.2). */
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  private record ServerKey(
      TlsSpec.Server spec, List<Certificate> certificates, @Nullable Demand clients) {
    /** Of what tells nearly all apart: the one that a record has by itself is made at run time. */
    @Override
    public int hashCode() {
      return certificates.hashCode();
    }
  }

  private record ClientKey(
      TlsSpec.Client spec, @Nullable Certificate certificate, Demand servers) {}

  /**
   * What peers must prove.
   *
   * @param authorities whose certificates are trusted
   * @param names one of which has to stand in them, besides what {@code authorities} says
   */
  record Demand(Trust authorities, @Nullable Trust names) {
    X509ExtendedTrustManager verifier() throws SSLException {
      List<PeerName> wanted = new ArrayList<>(authorities.names());
      if (names != null) {
        wanted.addAll(names.names());
      }
      try {
        return new PeerVerifier(authorities.authorities(), wanted);
      } catch (GeneralSecurityException e) {
        throw new SSLException("the trusted authorities cannot be used", e);
      }
    }

    boolean acceptsUntrusted() {
      return authorities.acceptsUntrusted() || (names != null && names.acceptsUntrusted());
    }
  }

  private final TlsLibrary library;
  private final Map<Record, SslContext> before;
  private final Map<Record, SslContext> used = new HashMap<>();

  /**
   * Contexts to start from.
   *
   * @param before what {@link #used()} gave in the compilation before
   */
  TlsContexts(TlsLibrary library, Map<Record, SslContext> before) {
    this.library = library;
    this.before = before;
  }

  /** Asks for the contexts of all connections to servers that there were before. */
  void keepClients() {
    before.forEach((key, context) -> {
      if (key instanceof ClientKey) {
        used.put(key, context);
      }
    });
  }

  /** All contexts that were asked for. */
  Map<Record, SslContext> used() {
    return Map.copyOf(used);
  }

  /**
   * TLS for connections from clients.
   *
   * @param certificates at least one
   * @param clients what clients must prove, or null if they are not asked for a certificate
   */
  DownstreamTls server(
      TlsSpec.Server spec, List<Certificate> certificates, @Nullable Demand clients)
      throws SSLException {
    ClientAuthentication authentication =
        clients == null || spec.clients() == null
            ? null
            : new ClientAuthentication(
                clients.acceptsUntrusted()
                    ? new AnyPeer(clients.authorities().named())
                    : clients.verifier(),
                spec.clients().required());
    CertificateSets sets = CertificateSets.of(certificates);
    Map<String, SslContext> byName = new HashMap<>();
    for (Map.Entry<String, List<Certificate>> set : sets.byName().entrySet()) {
      byName.put(
          set.getKey(),
          serverContext(new ServerKey(spec, set.getValue(), clients), authentication));
    }
    return new DownstreamTls(
        serverContext(new ServerKey(spec, sets.otherwise(), clients), authentication),
        byName,
        authentication);
  }

  /** A context that shows the first of the certificates that the client can verify. */
  private SslContext serverContext(ServerKey key, @Nullable ClientAuthentication clients)
      throws SSLException {
    SslContext context = known(key);
    if (context == null && key.spec.quic()) {
      context = QuicTls.server(key.certificates, key.spec.alpn());
      used.put(key, context);
    } else if (context == null) {
      context =
          library.server(
              key.certificates,
              builder -> {
                if (clients == null) {
                  // Netty would read all authorities of the system for nothing.
                  builder.trustManager(NoClients.INSTANCE);
                } else {
                  builder
                      .trustManager(clients.verifier())
                      .clientAuth(clients.required() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
                }
                // Clients may resume sessions by tickets; BoringSSL makes the keys and changes
                // them. A new context has new ones, so that nobody resumes what was verified by
                // other authorities.
                return common(builder, key.spec).build();
              });
      used.put(key, context);
    }
    return context;
  }

  /** A context for connections to servers. */
  SslContext client(TlsSpec.Client spec, @Nullable Certificate certificate, Demand servers)
      throws SSLException {
    ClientKey key = new ClientKey(spec, certificate, servers);
    SslContext context = known(key);
    if (context == null) {
      X509ExtendedTrustManager verifier = servers.verifier();
      context =
          library.client(
              certificate == null ? List.of() : List.of(certificate),
              builder ->
                  common(builder, spec)
                      .trustManager(verifier)
                      // Names are the verifier's business.
                      .endpointIdentificationAlgorithm("")
                      .build());
      used.put(key, context);
    }
    return context;
  }

  private @Nullable SslContext known(Record key) {
    SslContext context = used.get(key);
    if (context == null) {
      context = before.get(key);
      if (context != null) {
        used.put(key, context);
      }
    }
    return context;
  }

  private static SslContextBuilder common(SslContextBuilder builder, TlsSpec spec) {
    builder.ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE).protocols(spec.versions());
    if (!spec.alpn().isEmpty()) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              Protocol.ALPN,
              SelectorFailureBehavior.NO_ADVERTISE,
              SelectedListenerFailureBehavior.ACCEPT,
              spec.alpn()));
    }
    return builder;
  }
}
