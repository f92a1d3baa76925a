package dev.weir.controlplane.resolve;

/** The reasons of all conditions. docs/status.md says of each what to do. */
public enum ConditionReason {
  ACCEPTED("Accepted"),
  PROGRAMMED("Programmed"),
  READY("Ready"),
  RESOLVED_REFS("ResolvedRefs"),
  NO_CONFLICTS("NoConflicts"),
  SUPPORTED_VERSION("SupportedVersion"),
  CONFIGURATION_CHANGED("ConfigurationChanged"),

  PENDING("Pending"),
  INVALID("Invalid"),
  INVALID_PARAMETERS("InvalidParameters"),
  UNSUPPORTED_ADDRESS("UnsupportedAddress"),
  ADDRESS_NOT_ASSIGNED("AddressNotAssigned"),
  ADDRESS_NOT_USABLE("AddressNotUsable"),
  LISTENERS_NOT_VALID("ListenersNotValid"),
  INVALID_CLIENT_CERTIFICATE_REF("InvalidClientCertificateRef"),

  UNSUPPORTED_PROTOCOL("UnsupportedProtocol"),
  PORT_UNAVAILABLE("PortUnavailable"),
  HOSTNAME_CONFLICT("HostnameConflict"),
  PROTOCOL_CONFLICT("ProtocolConflict"),
  INVALID_ROUTE_KINDS("InvalidRouteKinds"),
  INVALID_CERTIFICATE_REF("InvalidCertificateRef"),
  INVALID_CA_CERTIFICATE_REF("InvalidCACertificateRef"),
  INVALID_CA_CERTIFICATE_KIND("InvalidCACertificateKind"),
  NO_VALID_CA_CERTIFICATE("NoValidCACertificate"),
  REF_NOT_PERMITTED("RefNotPermitted"),

  NOT_ALLOWED("NotAllowed"),
  PARENT_NOT_ACCEPTED("ParentNotAccepted"),

  NO_MATCHING_PARENT("NoMatchingParent"),
  NOT_ALLOWED_BY_LISTENERS("NotAllowedByListeners"),
  NO_MATCHING_LISTENER_HOSTNAME("NoMatchingListenerHostname"),
  ROUTE_KIND_CONFLICT("RouteKindConflict"),
  UNSUPPORTED_VALUE("UnsupportedValue"),
  INVALID_KIND("InvalidKind"),
  BACKEND_NOT_FOUND("BackendNotFound"),

  CONFLICTED("Conflicted"),
  TARGET_NOT_FOUND("TargetNotFound");

  private final String text;

  ConditionReason(String text) {
    this.text = text;
  }

  /** The word in the condition's {@code reason}. */
  public String text() {
    return text;
  }
}
