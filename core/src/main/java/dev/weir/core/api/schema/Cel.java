package dev.weir.core.api.schema;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A rule of {@link Checked} once more, in the language of API servers: it becomes a part of the
 * CRD, so that they refuse what the decoder refuses.
 */
@Target({ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(Cel.All.class)
public @interface Cel {
  /** The expression; {@code self} is the record. */
  String value();

  /** What is wrong if it does not hold, and what to do. */
  String message();

  /** Several rules. */
  @Target({ElementType.TYPE})
  @Retention(RetentionPolicy.RUNTIME)
  @interface All {
    Cel[] value();
  }
}
