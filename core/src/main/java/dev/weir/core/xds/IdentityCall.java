package dev.weir.core.xds;

/** How a proxy asks the controller for a certificate, for both sides of the call. */
public final class IdentityCall {
  /**
   * The unary gRPC method. The request is a {@code google.protobuf.BytesValue} with a certificate
   * request (PKCS #10, DER), the response a {@code google.protobuf.StringValue} with the
   * certificate and those that vouch for it (PEM). Metadata {@code authorization: Bearer} and a
   * token say who asks.
   */
  public static final String METHOD = "dev.weir.identity.v1.Identity/Issue";

  /**
   * What the URI in a proxy's certificate begins with; the name of what it serves follows, e.g.
   * {@code Gateway/default/edge}.
   */
  public static final String URI_PREFIX = "spiffe://weir.dev/";

  private IdentityCall() {}
}
