package dev.weir.controller;

import dev.weir.controlplane.kube.Leadership;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a controller runs.
 *
 * @param kubeconfig a file; null: the usual places, or the pod's ServiceAccount
 * @param context of the kubeconfig; null: its current one
 * @param namespace of the Lease and of what else the controller keeps
 * @param identity the name of this process among all controllers
 * @param election null: no election, this is the only controller
 * @param hostPool where Gateways without addresses get one, in CIDR notation; null: nowhere
 * @param admin where the admin endpoint listens; null: nowhere
 * @param provisioning how the proxies of Gateways are run; null: they are not, others start them
 * @param webhook where the API server asks whether an object may be stored; null: nowhere
 */
public record ControllerOptions(
    @Nullable Path kubeconfig,
    @Nullable String context,
    String namespace,
    String identity,
    @Nullable Election election,
    @Nullable String hostPool,
    @Nullable InetSocketAddress admin,
    @Nullable Provisioning provisioning,
    @Nullable InetSocketAddress webhook) {

  /** Without provisioning and webhook. */
  public ControllerOptions(
      @Nullable Path kubeconfig,
      @Nullable String context,
      String namespace,
      String identity,
      @Nullable Election election,
      @Nullable String hostPool,
      @Nullable InetSocketAddress admin) {
    this(kubeconfig, context, namespace, identity, election, hostPool, admin, null, null);
  }

  /** The same with proxies that are run for Gateways. */
  public ControllerOptions with(@Nullable Provisioning proxies) {
    return new ControllerOptions(
        kubeconfig, context, namespace, identity, election, hostPool, admin, proxies, webhook);
  }

  /** The same with a webhook. */
  public ControllerOptions withWebhook(@Nullable InetSocketAddress address) {
    return new ControllerOptions(
        kubeconfig, context, namespace, identity, election, hostPool, admin, provisioning, address);
  }

  /**
   * How proxies are run.
   *
   * @param controller host and port at which they reach the controllers
   * @param image of the proxy, where GatewayParameters name none
   */
  public record Provisioning(String controller, String image) {}

  /**
   * How the one that writes is found.
   *
   * @param lease name of the Lease
   * @param controller see {@link Leadership.Candidacy}
   */
  public record Election(String lease, Leadership.Timing timing, @Nullable String controller) {}
}
