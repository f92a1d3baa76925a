package dev.weir.core.api.schema;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A sealed interface of {@link Variant}s. In JSON it is a mapping with a field that names the
 * variant, and a field of the variant's own that holds its content; those of the others are
 * forbidden.
 */
@Target({ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface Union {
  /** Field that names the variant. */
  String value();
}
