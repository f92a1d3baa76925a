package dev.weir.controlplane.translate;

import com.google.protobuf.ByteString;
import dev.weir.controlplane.topology.CaBundle;
import dev.weir.controlplane.topology.KeyPair;
import dev.weir.core.api.Bytes;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.core.v3.DataSource;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.Secret;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes certificates as Secrets, each once, and refers to them by name. */
final class SecretTranslator {
  private final Map<String, Resource<Secret>> secrets = new TreeMap<>();

  /** All that were referred to. */
  Map<String, Resource<Secret>> secrets() {
    return secrets;
  }

  /** Those that another translator wrote. */
  void addAll(Map<String, Resource<Secret>> others) {
    others.forEach(secrets::putIfAbsent);
  }

  /** A certificate to show. */
  SdsSecretConfig certificate(KeyPair pair) {
    String name = pair.secret().toString();
    if (!secrets.containsKey(name)) {
      add(
          Secret.newBuilder()
              .setName(name)
              .setTlsCertificate(
                  TlsCertificate.newBuilder()
                      .setCertificateChain(inline(bytes(pair.chain())))
                      .setPrivateKey(inline(bytes(pair.key()))))
              .build());
    }
    return reference(name);
  }

  /**
   * Certificate authorities to trust.
   *
   * @param user what asks to trust them, by name; it asks for one set only
   */
  SdsSecretConfig authorities(String user, List<CaBundle> authorities) {
    String name = user + "/authorities";
    if (!secrets.containsKey(name)) {
      ByteString pem = ByteString.EMPTY;
      for (CaBundle bundle : authorities) {
        pem = pem.concat(bytes(bundle.certificates())).concat(ByteString.copyFromUtf8("\n"));
      }
      add(
          Secret.newBuilder()
              .setName(name)
              .setValidationContext(
                  CertificateValidationContext.newBuilder().setTrustedCa(inline(pem)))
              .build());
    }
    return reference(name);
  }

  private void add(Secret secret) {
    secrets.put(secret.getName(), Messages.resource(secret.getName(), secret));
  }

  private static SdsSecretConfig reference(String name) {
    return SdsSecretConfig.newBuilder().setName(name).setSdsConfig(Messages.ADS).build();
  }

  private static ByteString bytes(Bytes bytes) {
    return ByteString.copyFrom(bytes.toArray());
  }

  private static DataSource inline(ByteString content) {
    return content.isValidUtf8()
        ? DataSource.newBuilder().setInlineStringBytes(content).build()
        : DataSource.newBuilder().setInlineBytes(content).build();
  }
}
