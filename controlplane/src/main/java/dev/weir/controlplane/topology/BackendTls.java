package dev.weir.controlplane.topology;

import dev.weir.core.api.gateway.BackendTlsPolicy.SubjectAltName;
import dev.weir.core.problem.ObjectRef;
import java.util.List;

/**
 * TLS towards a backend.
 *
 * @param source the object that asks for it: a BackendTLSPolicy or the Backend itself
 * @param serverName sent as SNI, and the name that the certificate must carry unless {@code
 *     subjectAltNames} says otherwise
 * @param subjectAltNames names of which the certificate must carry one; empty: {@code serverName}
 * @param authorities who may have signed the certificate; empty: those the machine trusts
 */
public record BackendTls(
    ObjectRef source,
    String serverName,
    List<SubjectAltName> subjectAltNames,
    List<CaBundle> authorities) {
  public BackendTls {
    subjectAltNames = List.copyOf(subjectAltNames);
    authorities = List.copyOf(authorities);
  }
}
