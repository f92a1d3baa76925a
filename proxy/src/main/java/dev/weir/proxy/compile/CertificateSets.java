package dev.weir.proxy.compile;

import dev.weir.proxy.compile.SecretValue.Certificate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * The certificates of one filter chain, sorted by the names they carry. In each list the first that
 * the client can verify is the one to show: those with the very name before wildcards, elliptic
 * curves before RSA because signing with them costs a tenth, else in the order of the
 * configuration.
 *
 * @param otherwise all of them, for names that none carries: those for names of the first one come
 *     first
 * @param byName by lower-case name, or by suffix with its dot for a wildcard; empty if all are for
 *     the same names
 */
record CertificateSets(List<Certificate> otherwise, Map<String, List<Certificate>> byName) {

  static CertificateSets of(List<Certificate> certificates) {
    Map<Certificate, Set<String>> names = new HashMap<>();
    for (Certificate certificate : certificates) {
      names.put(certificate, certificate.names());
    }
    Set<String> first = names.getOrDefault(certificates.getFirst(), Set.of());
    List<Certificate> otherwise =
        sorted(
            certificates,
            certificate -> {
              Set<String> shared = new HashSet<>(names.getOrDefault(certificate, Set.of()));
              shared.retainAll(first);
              return certificate.equals(certificates.getFirst()) || !shared.isEmpty() ? 0 : 1;
            });
    Map<String, List<Certificate>> byName = new HashMap<>();
    for (Set<String> some : names.values()) {
      for (String name : some) {
        byName.put(name, fitting(name, certificates, names));
      }
    }
    boolean same = byName.values().stream().allMatch(otherwise::equals);
    return new CertificateSets(otherwise, same ? Map.of() : byName);
  }

  private static List<Certificate> fitting(
      String name, List<Certificate> certificates, Map<Certificate, Set<String>> names) {
    List<Certificate> very = new ArrayList<>();
    List<Certificate> all = new ArrayList<>();
    String wildcard = name.substring(Math.max(0, name.indexOf('.')));
    for (Certificate certificate : certificates) {
      Set<String> own = names.getOrDefault(certificate, Set.of());
      if (own.contains(name)) {
        very.add(certificate);
        all.add(certificate);
      } else if (own.contains(wildcard)) {
        all.add(certificate);
      }
    }
    return sorted(all, certificate -> very.contains(certificate) ? 0 : 1);
  }

  private static List<Certificate> sorted(
      List<Certificate> certificates, ToIntFunction<Certificate> rank) {
    return certificates.stream()
        .distinct()
        .sorted(Comparator.comparingInt(rank).thenComparing(Certificate::rsa))
        .toList();
  }
}
