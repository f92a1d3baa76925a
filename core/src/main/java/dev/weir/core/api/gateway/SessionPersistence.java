package dev.weir.core.api.gateway;

import dev.weir.core.api.gateway.Format.HeaderName;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.Violations;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a client at one endpoint.
 *
 * @param absoluteTimeout life of a session; null: no end
 */
public record SessionPersistence(
    @Default("Cookie") Type type,
    @Nullable Duration absoluteTimeout,
    @Nullable Cookie cookie,
    @Nullable Header header)
    implements Checked {

  /** What carries the session. */
  public enum Type {
    COOKIE,
    HEADER
  }

  /**
   * The cookie that carries the session.
   *
   * @param name null: the implementation chooses
   */
  public record Cookie(
      @Default("Session") LifetimeType lifetimeType,
      @Nullable @HeaderName String name,
      @Default("/") @Length(max = 1024) String path) {}

  /** How long the client keeps the cookie. */
  public enum LifetimeType {
    /** For {@link SessionPersistence#absoluteTimeout}. */
    PERMANENT,
    /** Until the browser is closed. */
    SESSION
  }

  /** The header that carries the session. */
  public record Header(@HeaderName String name) {}

  @Override
  public void check(Violations violations) {
    check("cookie", cookie, Type.COOKIE, violations);
    check("header", header, Type.HEADER, violations);
    if (cookie != null
        && cookie.lifetimeType == LifetimeType.PERMANENT
        && absoluteTimeout == null) {
      violations.add("absoluteTimeout", "required with cookie.lifetimeType Permanent");
    }
  }

  private void check(String field, @Nullable Record value, Type itsType, Violations violations) {
    if (value == null && type == itsType) {
      violations.add(field, "required: the sessions' type is " + field);
    } else if (value != null && type != itsType) {
      violations.add(field, "not possible here: the sessions' type is another. Remove one");
    }
  }
}
