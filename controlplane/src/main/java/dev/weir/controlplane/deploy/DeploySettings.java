package dev.weir.controlplane.deploy;

/**
 * What proxies need to know beside their Gateway.
 *
 * @param controller host and port at which they reach the controller
 * @param image of the proxy, where GatewayParameters name none
 * @param authorities certificates in PEM that the controller's own is signed by
 */
public record DeploySettings(String controller, String image, String authorities) {
  /** For whom the tokens are with which proxies prove who they are. */
  public static final String TOKEN_AUDIENCE = "weir.dev/controller";
}
