package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.CaBundle;
import dev.weir.controlplane.topology.KeyPair;
import dev.weir.core.api.Bytes;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.ObjectReference;
import dev.weir.core.api.gateway.SecretObjectReference;
import dev.weir.core.api.k8s.ConfigMap;
import dev.weir.core.api.k8s.Secret;
import dev.weir.core.problem.ObjectRef;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Follows references to certificates. What is wrong with one goes to a list of faults. */
final class Certificates {
  private static final String CHAIN = "tls.crt";
  private static final String KEY = "tls.key";
  private static final String AUTHORITIES = "ca.crt";

  private final Lookup lookup;
  private final ReferenceGrants grants;
  private final CredentialChecks checks;

  Certificates(Lookup lookup, ReferenceGrants grants, CredentialChecks checks) {
    this.lookup = lookup;
    this.grants = grants;
    this.checks = checks;
  }

  /**
   * The key pair of a Secret.
   *
   * @param from who refers
   * @param path of the reference in {@code from}
   * @param invalid the reason for whatever is wrong with the Secret
   * @return null if there is a new fault
   */
  @Nullable KeyPair keyPair(
      SecretObjectReference reference,
      ObjectRef from,
      String path,
      ConditionReason invalid,
      List<Fault> faults) {
    if (!reference.group().isEmpty() || !reference.kind().equals("Secret")) {
      faults.add(
          Fault.error(
              invalid,
              path,
              "certificates are read from Secrets only, not from objects of kind %s: refer to a Secret"
                  .formatted(kind(reference.group(), reference.kind()))));
      return null;
    }
    ObjectRef to =
        Lookup.ref(Secret.TYPE, namespace(reference.namespace(), from), reference.name());
    if (!grants.permit(from, to)) {
      faults.add(
          Fault.dangling(
              ConditionReason.REF_NOT_PERMITTED, path, ReferenceGrants.missing(from, to)));
      return null;
    }
    KubeObject<Secret> secret = lookup.find(Secret.TYPE, to.namespace(), to.name());
    if (secret == null) {
      faults.add(Fault.dangling(invalid, path, to + " does not exist"));
      return null;
    }
    Bytes chain = secret.spec().data().get(CHAIN);
    Bytes key = secret.spec().data().get(KEY);
    if (chain == null || key == null) {
      faults.add(
          Fault.error(
              invalid,
              path,
              "%s has no %s in its data: store certificate chain and key as %s and %s"
                  .formatted(to, chain == null ? CHAIN : KEY, CHAIN, KEY)));
      return null;
    }
    String flaw = checks.keyPairFlaw(chain, key);
    if (flaw != null) {
      faults.add(Fault.error(invalid, path, "in %s, %s".formatted(to, flaw)));
      return null;
    }
    return new KeyPair(to, chain, key);
  }

  /**
   * The authorities in a ConfigMap, or in a Secret, under {@code ca.crt}.
   *
   * @param wrongKind the reason if the reference leads to another kind
   * @return null if there is a new fault
   */
  @Nullable CaBundle authorities(
      ObjectReference reference,
      ObjectRef from,
      String path,
      ConditionReason wrongKind,
      List<Fault> faults) {
    boolean secret = reference.group().isEmpty() && reference.kind().equals("Secret");
    boolean configMap = reference.group().isEmpty() && reference.kind().equals("ConfigMap");
    if (!secret && !configMap) {
      faults.add(
          Fault.error(
              wrongKind,
              path,
              "authorities are read from ConfigMaps and Secrets only, not from objects of kind %s"
                  .formatted(kind(reference.group(), reference.kind()))));
      return null;
    }
    ObjectRef to =
        Lookup.ref(
            secret ? Secret.TYPE : ConfigMap.TYPE,
            namespace(reference.namespace(), from),
            reference.name());
    if (!grants.permit(from, to)) {
      faults.add(
          Fault.dangling(
              ConditionReason.REF_NOT_PERMITTED, path, ReferenceGrants.missing(from, to)));
      return null;
    }
    return bundle(to, secret ? secretData(to) : configMapData(to), path, faults);
  }

  private @Nullable CaBundle bundle(
      ObjectRef source, @Nullable Content content, String path, List<Fault> faults) {
    ConditionReason invalid = ConditionReason.INVALID_CA_CERTIFICATE_REF;
    if (content == null) {
      faults.add(Fault.dangling(invalid, path, source + " does not exist"));
      return null;
    }
    if (content.authorities == null) {
      faults.add(
          Fault.error(
              invalid,
              path,
              "%s has no %s in its data: store the authorities under that key"
                  .formatted(source, AUTHORITIES)));
      return null;
    }
    String flaw = checks.bundleFlaw(content.authorities);
    if (flaw != null) {
      faults.add(Fault.error(invalid, path, "in %s, %s".formatted(source, flaw)));
      return null;
    }
    return new CaBundle(source, content.authorities);
  }

  /** An object that exists, whether or not it has the key. */
  private record Content(@Nullable Bytes authorities) {}

  private @Nullable Content secretData(ObjectRef ref) {
    KubeObject<Secret> secret = lookup.find(Secret.TYPE, ref.namespace(), ref.name());
    return secret == null ? null : new Content(secret.spec().data().get(AUTHORITIES));
  }

  private @Nullable Content configMapData(ObjectRef ref) {
    KubeObject<ConfigMap> configMap = lookup.find(ConfigMap.TYPE, ref.namespace(), ref.name());
    if (configMap == null) {
      return null;
    }
    String text = configMap.spec().data().get(AUTHORITIES);
    return new Content(
        text == null
            ? configMap.spec().binaryData().get(AUTHORITIES)
            : Bytes.of(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String namespace(@Nullable String namespace, ObjectRef from) {
    return namespace == null ? from.namespace() : namespace;
  }

  private static String kind(String group, String kind) {
    return group.isEmpty() ? kind : group + "/" + kind;
  }
}
