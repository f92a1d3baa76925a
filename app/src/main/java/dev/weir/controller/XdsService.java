package dev.weir.controller;

import dev.weir.controlplane.deploy.DeploySettings;
import dev.weir.controlplane.identity.ServerIdentity;
import dev.weir.controlplane.kube.ApiConnection;
import dev.weir.controlplane.kube.KubernetesTokenReview.ServiceAccount;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.XdsSnapshot;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What brings configuration to the proxies, and their answers back. Thread-safe. */
interface XdsService extends AutoCloseable {
  /** How to start one. */
  interface Launcher {
    /**
     * Starts it.
     *
     * @param api where the authority of the controllers is kept
     * @param serves what the proxies of a ServiceAccount serve; null: nothing
     * @param elsewhere why proxies have to ask another controller; null: they need not
     * @param answered told, never concurrently, whenever a proxy came, went or answered
     */
    XdsService start(
        ApiConnection api,
        Function<ServiceAccount, @Nullable String> serves,
        Supplier<@Nullable String> elsewhere,
        Consumer<List<ProxyState>> answered)
        throws IOException;
  }

  /**
   * What proxies are to run from now on.
   *
   * @param gateways the resources of each Gateway
   * @param classes the Gateways of each GatewayClass, by name of the class
   */
  void publish(Map<ObjectRef, XdsSnapshot> gateways, Map<String, Set<ObjectRef>> classes);

  /** Lets go of the proxies that are here, if they have to ask another controller now. */
  void sendAway();

  /** Where proxies connect. */
  InetSocketAddress address();

  /** How it is secured; null if it is not. */
  default @Nullable Tls tls() {
    return null;
  }

  /**
   * What the controllers show.
   *
   * @param authorities certificates in PEM by which others know them, as of now
   * @param ofProxies how proxies that are made for Gateways show who they are
   */
  record Tls(
      ServerIdentity identity, Supplier<String> authorities, DeploySettings.Identity ofProxies) {}

  @Override
  void close();
}
