package dev.weir.controlplane.identity;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Shows the newest certificate in each handshake of a server. A handshake asks for an alias, then
 * for what it stands for: the serial number of the certificate is the alias, so that both halves
 * stay together when the certificate changes in between.
 */
final class CurrentKey extends X509ExtendedKeyManager {
  private static final int REMEMBERED = 4;

  private final Supplier<Credential> credentials;
  private final Map<String, Credential> known = new LinkedHashMap<>();

  CurrentKey(Supplier<Credential> credentials) {
    this.credentials = credentials;
  }

  private synchronized @Nullable String alias(String keyType) {
    Credential current = credentials.get();
    // "EC", or "EC_EC" of old cipher suites.
    if (!keyType.startsWith(current.certificate().getPublicKey().getAlgorithm())) {
      return null;
    }
    String alias = current.certificate().getSerialNumber().toString();
    known.put(alias, current);
    if (known.size() > REMEMBERED) {
      Iterator<String> oldest = known.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
    return alias;
  }

  private synchronized @Nullable Credential known(String alias) {
    return known.get(alias);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return alias(keyType);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return alias(keyType);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    String alias = alias(keyType);
    return alias == null ? null : new String[] {alias};
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    Credential credential = known(alias);
    return credential == null ? null : credential.chain().toArray(new X509Certificate[0]);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    Credential credential = known(alias);
    return credential == null ? null : credential.key();
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }
}
