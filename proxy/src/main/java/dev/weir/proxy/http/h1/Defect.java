package dev.weir.proxy.http.h1;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;

/** What can be wrong with the syntax or the framing of an HTTP/1 message. */
@SuppressWarnings("ImmutableEnumChecker") // a Failure is a record of enums and a String
enum Defect {
  BARE_CR(Reason.BAD_REQUEST, "CR without LF"),
  BARE_LF(Reason.BAD_REQUEST, "LF without CR"),
  METHOD(Reason.BAD_REQUEST, "invalid method"),
  TARGET(Reason.BAD_REQUEST, "invalid request target"),
  VERSION(Reason.BAD_REQUEST, "invalid HTTP version"),
  UNKNOWN_VERSION(Reason.VERSION_NOT_SUPPORTED, "neither HTTP/1.1 nor HTTP/1.0"),
  STATUS(Reason.BAD_REQUEST, "invalid status code"),
  REASON_PHRASE(Reason.BAD_REQUEST, "control character in reason phrase"),
  OBS_FOLD(Reason.BAD_REQUEST, "line starts with white space"),
  FIELD_NAME(Reason.BAD_REQUEST, "invalid field name"),
  SPACE_BEFORE_COLON(Reason.BAD_REQUEST, "white space before colon"),
  NO_COLON(Reason.BAD_REQUEST, "field line without colon"),
  FIELD_VALUE(Reason.BAD_REQUEST, "control character in field value"),
  HEAD_TOO_LARGE(Reason.HEADERS_TOO_LARGE, "head too large"),
  TOO_MANY_FIELDS(Reason.HEADERS_TOO_LARGE, "too many fields"),
  TARGET_TOO_LONG(Reason.URI_TOO_LONG, "request target too long"),

  CONNECT(Reason.NOT_IMPLEMENTED, "CONNECT"),
  ASTERISK(Reason.BAD_REQUEST, "asterisk-form without OPTIONS"),
  NO_HOST(Reason.BAD_REQUEST, "no Host"),
  REPEATED_HOST(Reason.BAD_REQUEST, "more than one Host"),
  HOST(Reason.BAD_REQUEST, "invalid host"),
  SCHEME(Reason.BAD_REQUEST, "scheme is neither http nor https"),

  CONTENT_LENGTH(Reason.BAD_REQUEST, "invalid Content-Length"),
  REPEATED_CONTENT_LENGTH(Reason.BAD_REQUEST, "more than one Content-Length"),
  LENGTH_AND_CODING(Reason.BAD_REQUEST, "Content-Length with Transfer-Encoding"),
  CODING(Reason.BAD_REQUEST, "chunked is not the one final transfer coding"),
  CODING_NOT_IMPLEMENTED(Reason.NOT_IMPLEMENTED, "transfer coding besides chunked"),
  CODING_IN_HTTP_1_0(Reason.BAD_REQUEST, "Transfer-Encoding in HTTP/1.0"),
  CONNECTION_OPTIONS(Reason.BAD_REQUEST, "too many connection options"),
  EXPECTATION(Reason.EXPECTATION_FAILED, "unknown expectation"),
  BODY_TOO_LARGE(Reason.BODY_TOO_LARGE, "body too large"),

  CHUNK_SIZE(Reason.BAD_REQUEST, "invalid chunk size"),
  CHUNK_EXTENSION(Reason.BAD_REQUEST, "invalid chunk extension"),
  CHUNK_EXTENSIONS_TOO_LARGE(Reason.BAD_REQUEST, "chunk extensions too large"),
  CHUNK_END(Reason.BAD_REQUEST, "no CRLF behind chunk data"),

  UNASKED_UPGRADE(Reason.BAD_REQUEST, "upgrade that nobody asked for"),
  TOO_MANY_INFORMATIONAL(Reason.BAD_REQUEST, "too many informational responses"),
  UNASKED_RESPONSE(Reason.BAD_REQUEST, "response before the request");

  private final Failure inRequest;
  private final Failure inResponse;

  Defect(Reason reason, String detail) {
    this.inRequest = Failure.downstream(reason, detail);
    this.inResponse =
        Failure.upstream(Reason.UPSTREAM_PROTOCOL_ERROR, Failure.Retry.POLICY, detail);
  }

  /** The failure of a request that has this defect. */
  Failure inRequest() {
    return inRequest;
  }

  /** The failure of an attempt whose response has this defect. */
  Failure inResponse() {
    return inResponse;
  }
}
