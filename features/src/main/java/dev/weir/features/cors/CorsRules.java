package dev.weir.features.cors;

import java.util.List;
import java.util.function.Predicate;

/**
 * What a policy says, ready to be compared and written.
 *
 * @param anyOrigin all origins are allowed
 * @param origins any one must hold
 * @param methods for {@code Access-Control-Allow-Methods}
 * @param headers for {@code Access-Control-Allow-Headers}
 * @param exposed for {@code Access-Control-Expose-Headers}
 * @param maxAge for {@code Access-Control-Max-Age}; empty for none
 * @param credentials whether requests may carry cookies and the like
 * @param othersToBackend what comes from origins that are not allowed is the backend's business
 */
@SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
record CorsRules(
    boolean anyOrigin,
    List<Predicate<String>> origins,
    Listed methods,
    Listed headers,
    Listed exposed,
    byte[] maxAge,
    boolean credentials,
    boolean othersToBackend) {

  CorsRules {
    origins = List.copyOf(origins);
  }

  /**
   * A list of names, all names, or none.
   *
   * @param names empty for none and for all
   */
  record Listed(boolean all, byte[] names) {
    static final Listed NOTHING = new Listed(false, new byte[0]);
    static final Listed EVERYTHING = new Listed(true, new byte[0]);
  }

  boolean allows(String origin) {
    if (anyOrigin) {
      return true;
    }
    for (int i = 0; i < origins.size(); i++) {
      if (origins.get(i).test(origin)) {
        return true;
      }
    }
    return false;
  }

  /** Whether all origins get the same answer, so that caches need not tell them apart. */
  boolean sameForAll() {
    return anyOrigin && !credentials;
  }
}
