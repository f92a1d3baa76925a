package dev.weir.core.api.schema;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** RE2 regular expression that must be found in a string; anchored if it says so. */
@Target({ElementType.TYPE_USE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface Pattern {
  String value();

  /** What the expression describes, for people: "expected" and this is the message. */
  String means();
}
