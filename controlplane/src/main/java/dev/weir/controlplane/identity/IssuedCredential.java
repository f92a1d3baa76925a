package dev.weir.controlplane.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The controller's certificate from its own authority, made anew before it runs out. */
final class IssuedCredential implements Supplier<Credential> {
  private final CertificateAuthority authority;
  private final List<String> names;
  private final Duration lifetime;
  private @Nullable Credential current;
  private Instant replaceAt = Instant.MIN;

  IssuedCredential(CertificateAuthority authority, List<String> names, Duration lifetime) {
    this.authority = authority;
    this.names = names;
    this.lifetime = lifetime;
  }

  @Override
  public synchronized Credential get() {
    Instant now = authority.now();
    Credential credential = current;
    if (credential == null || !now.isBefore(replaceAt)) {
      credential = authority.server(names, lifetime);
      current = credential;
      replaceAt = now.plus(lifetime.multipliedBy(2).dividedBy(3));
    }
    return credential;
  }
}
