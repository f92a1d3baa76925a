package dev.weir.features.cors;

import dev.weir.core.failure.Reason;
import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.features.cors.CorsRules.Listed;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Answers preflights and marks responses (Fetch standard, section 3.3). One for each exchange.
 *
 * <p>Where the policy decides, a backend's own fields of this protocol are struck out: two answers
 * are none to a browser, and an origin that is refused here must not be let in there.
 */
final class CorsFilter implements HttpFilter {
  private static final byte[] OPTIONS = ascii("OPTIONS");
  private static final byte[] ANY = ascii("*");
  private static final byte[] TRUE = ascii("true");
  private static final byte[] NOTHING = {};

  private static final HeaderName REQUEST_METHOD = HeaderName.of("access-control-request-method");
  private static final HeaderName REQUEST_HEADERS = HeaderName.of("access-control-request-headers");
  private static final HeaderName ALLOW_ORIGIN = HeaderName.of("access-control-allow-origin");
  private static final HeaderName ALLOW_METHODS = HeaderName.of("access-control-allow-methods");
  private static final HeaderName ALLOW_HEADERS = HeaderName.of("access-control-allow-headers");
  private static final HeaderName ALLOW_CREDENTIALS =
      HeaderName.of("access-control-allow-credentials");
  private static final HeaderName EXPOSE_HEADERS = HeaderName.of("access-control-expose-headers");
  private static final HeaderName MAX_AGE = HeaderName.of("access-control-max-age");
  private static final HeaderName[] OF_RESPONSES = {
    ALLOW_ORIGIN, ALLOW_METHODS, ALLOW_HEADERS, ALLOW_CREDENTIALS, EXPOSE_HEADERS, MAX_AGE
  };

  private final CorsRules rules;

  /** What the client says it is, null if it says nothing or more than one thing. */
  private @Nullable String origin;

  private boolean crossOrigin;
  private boolean allowed;

  CorsFilter(CorsRules rules) {
    this.rules = rules;
  }

  @Override
  public Step requestHead(RequestHead head, boolean last) {
    Fields fields = head.fields();
    int index = fields.indexOf(HeaderName.ORIGIN);
    if (index < 0) {
      return Step.NEXT;
    }
    crossOrigin = true;
    if (fields.indexOf(HeaderName.ORIGIN, index + 1) < 0) {
      origin = fields.value(index);
      allowed = rules.allows(origin);
    }
    if (!head.methodIs(OPTIONS) || !fields.contains(REQUEST_METHOD)) {
      return Step.NEXT;
    }
    if (allowed) {
      return new Step.Reply(204, Reason.PREFLIGHT, preflight(fields), NOTHING);
    }
    return rules.othersToBackend()
        ? Step.NEXT
        : new Step.Reply(403, Reason.ORIGIN_NOT_ALLOWED, refusal(), NOTHING);
  }

  private Fields preflight(Fields request) {
    Fields reply = new Fields(256);
    allowOrigin(reply);
    // Exactly what was asked for, and not "*", which means less to browsers: not Authorization.
    list(reply, ALLOW_METHODS, rules.methods(), request, REQUEST_METHOD);
    list(reply, ALLOW_HEADERS, rules.headers(), request, REQUEST_HEADERS);
    if (rules.exposed().names().length > 0) {
      reply.add(EXPOSE_HEADERS, rules.exposed().names());
    }
    if (rules.maxAge().length > 0) {
      reply.add(MAX_AGE, rules.maxAge());
    }
    varyOnAll(reply);
    return reply;
  }

  private Fields refusal() {
    Fields reply = new Fields(64);
    varyOnAll(reply);
    return reply;
  }

  private static void list(
      Fields reply, HeaderName name, Listed listed, Fields request, HeaderName asked) {
    if (listed.names().length > 0) {
      reply.add(name, listed.names());
      return;
    }
    if (listed.all()) {
      for (int i = request.indexOf(asked); i >= 0; i = request.indexOf(asked, i + 1)) {
        if (request.valueEnd(i) > request.valueStart(i)) {
          reply.add(name, request.value(i));
        }
      }
    }
  }

  private void allowOrigin(Fields fields) {
    if (rules.sameForAll() || origin == null) {
      fields.add(ALLOW_ORIGIN, ANY);
    } else {
      fields.add(ALLOW_ORIGIN, origin);
    }
    if (rules.credentials()) {
      fields.add(ALLOW_CREDENTIALS, TRUE);
    }
  }

  @Override
  public Step responseHead(ResponseHead head, boolean last) {
    Fields fields = head.fields();
    if (crossOrigin && (allowed || !rules.othersToBackend())) {
      for (HeaderName name : OF_RESPONSES) {
        fields.remove(name);
      }
    }
    if (allowed) {
      expose(fields);
      allowOrigin(fields);
    }
    if (!rules.sameForAll()) {
      Vary.add(fields, Vary.ORIGIN);
    }
    return Step.NEXT;
  }

  private void expose(Fields fields) {
    Listed exposed = rules.exposed();
    if (exposed.names().length > 0) {
      fields.add(EXPOSE_HEADERS, exposed.names());
    } else if (exposed.all()) {
      // With credentials "*" would be the name of a header.
      fields.add(EXPOSE_HEADERS, rules.credentials() ? namesOf(fields) : "*");
    }
  }

  private static String namesOf(Fields fields) {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < fields.slots(); i++) {
      if (fields.isLive(i)) {
        names.append(names.isEmpty() ? "" : ", ").append(fields.name(i));
      }
    }
    return names.toString();
  }

  private static void varyOnAll(Fields fields) {
    fields.add(Vary.NAME, Vary.PREFLIGHT);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
