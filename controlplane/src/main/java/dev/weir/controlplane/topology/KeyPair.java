package dev.weir.controlplane.topology;

import dev.weir.core.api.Bytes;
import dev.weir.core.problem.ObjectRef;

/**
 * A certificate chain and its key.
 *
 * @param secret the Secret they come from
 * @param chain PEM, known to hold at least one certificate
 * @param key PEM, known to hold a private key
 */
public record KeyPair(ObjectRef secret, Bytes chain, Bytes key) {}
