package dev.weir.core.api.schema;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The JSON name of a field or enum constant where the rule gives another one: a field is called
 * like its component, a constant like {@code UPPER_CASE} in camel case ({@code UpperCase}).
 */
@Target({ElementType.RECORD_COMPONENT, ElementType.FIELD})
@Retention(RetentionPolicy.RUNTIME)
public @interface JsonName {
  String value();
}
