package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.KeyPair;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.weir.GatewayParameters;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Gateway of a class of ours, with all its listeners.
 *
 * @param refusals why it is not accepted, its listeners aside; empty if it is
 * @param references what is wrong with references of the Gateway itself
 * @param clientCertificate shown to backends, or null for none
 * @param insecure whether clients without a valid certificate get in on some port
 * @param http what its parameters say of HTTP
 * @param http3 where HTTPS is served over HTTP/3 as well
 * @param owners the Gateway, then its ListenerSets in order of precedence
 * @param listeners of all owners, in their order
 */
record GatewayState(
    KubeObject<Gateway> object,
    Addresses addresses,
    List<Fault> refusals,
    List<Fault> references,
    @Nullable KeyPair clientCertificate,
    boolean insecure,
    GatewayParameters.Http http,
    Http3 http3,
    List<ListenerOwner> owners,
    List<ListenerState> listeners) {

  List<ListenerState> listeners(ListenerOwner owner) {
    return listeners.stream().filter(listener -> listener.owner().equals(owner)).toList();
  }

  /** Its own listeners, without those of ListenerSets. */
  List<ListenerState> ownListeners() {
    return listeners(owners.getFirst());
  }

  /** Whether the proxy can be told to serve some of it. */
  boolean serves() {
    return refusals.isEmpty()
        && !addresses.nowhere()
        && listeners.stream().anyMatch(ListenerState::serves);
  }
}
