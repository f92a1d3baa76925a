package dev.weir.proxy.compile;

import dev.weir.proxy.compile.SecretValue.Certificate;
import dev.weir.proxy.compile.SecretValue.Trust;
import dev.weir.proxy.plan.DownstreamTls;
import dev.weir.proxy.tls.PeerName;
import dev.weir.proxy.tls.PeerVerifier;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
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

  private record ServerKey(TlsSpec.Server spec, List<Certificate> certificates) {}

  private record ClientKey(
      TlsSpec.Client spec, @Nullable Certificate certificate, Trust authorities, Trust names) {}

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

  /** All contexts that were asked for. */
  Map<Record, SslContext> used() {
    return Map.copyOf(used);
  }

  /**
   * TLS for connections from clients.
   *
   * @param certificates at least one
   */
  DownstreamTls server(TlsSpec.Server spec, List<Certificate> certificates) throws SSLException {
    CertificateSets sets = CertificateSets.of(certificates);
    Map<String, SslContext> byName = new HashMap<>();
    for (Map.Entry<String, List<Certificate>> set : sets.byName().entrySet()) {
      byName.put(set.getKey(), serverContext(spec, set.getValue()));
    }
    return new DownstreamTls(serverContext(spec, sets.otherwise()), byName);
  }

  /** A context that shows the first of the certificates that the client can verify. */
  private SslContext serverContext(TlsSpec.Server spec, List<Certificate> certificates)
      throws SSLException {
    ServerKey key = new ServerKey(spec, certificates);
    SslContext context = known(key);
    if (context == null) {
      // Clients may resume sessions by tickets; BoringSSL makes the keys and changes them.
      context = library.server(certificates, builder -> common(builder, spec).build());
      used.put(key, context);
    }
    return context;
  }

  /**
   * A context for connections to servers.
   *
   * @param authorities whose certificates are trusted
   * @param names what has to stand in them
   */
  SslContext client(
      TlsSpec.Client spec, @Nullable Certificate certificate, Trust authorities, Trust names)
      throws SSLException {
    ClientKey key = new ClientKey(spec, certificate, authorities, names);
    SslContext context = known(key);
    if (context == null) {
      List<PeerName> wanted = new ArrayList<>(authorities.names());
      if (!names.equals(authorities)) {
        wanted.addAll(names.names());
      }
      PeerVerifier verifier = new PeerVerifier(chainVerifier(authorities.authorities()), wanted);
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

  private static X509TrustManager chainVerifier(@Nullable List<X509Certificate> authorities)
      throws SSLException {
    try {
      KeyStore store = null;
      if (authorities != null) {
        store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (int i = 0; i < authorities.size(); i++) {
          store.setCertificateEntry(String.valueOf(i), authorities.get(i));
        }
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager found) {
          return found;
        }
      }
      throw new SSLException("the JDK has no verifier of X.509 certificates");
    } catch (GeneralSecurityException | IOException e) {
      throw new SSLException("the trusted authorities cannot be used", e);
    }
  }
}
