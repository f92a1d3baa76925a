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
 */
public record ControllerOptions(
    @Nullable Path kubeconfig,
    @Nullable String context,
    String namespace,
    String identity,
    @Nullable Election election,
    @Nullable String hostPool,
    @Nullable InetSocketAddress admin) {

  /**
   * How the one that writes is found.
   *
   * @param lease name of the Lease
   */
  public record Election(String lease, Leadership.Timing timing) {}
}
