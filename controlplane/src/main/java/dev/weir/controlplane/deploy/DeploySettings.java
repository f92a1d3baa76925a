package dev.weir.controlplane.deploy;

/**
 * What proxies need to know beside their Gateway.
 *
 * @param controller host and port at which they reach the controller
 * @param image of the proxy, where GatewayParameters name none
 * @param identity how they and the controller know each other
 */
public record DeploySettings(String controller, String image, Identity identity) {
  /** For whom the tokens are with which proxies prove who they are. */
  public static final String TOKEN_AUDIENCE = "weir.dev/controller";

  /** How proxies and controller know each other. */
  public sealed interface Identity {}

  /**
   * The controller issues certificates to those who show the token of their ServiceAccount.
   *
   * @param authorities certificates in PEM that the controller's own is signed by
   */
  public record Issued(String authorities) implements Identity {}

  /**
   * Somebody else puts certificate, key and authorities into a Secret with the name of the
   * Deployment, in the namespace of the Gateway.
   */
  public record InSecret() implements Identity {}
}
