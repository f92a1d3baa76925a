package dev.weir.core.api.weir;

import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.Pattern;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * An amount as Kubernetes writes it, in quotes if it is a mere number: {@code 500m}, {@code 1Gi}.
 */
@Length(min = 1, max = 32)
@Pattern(
    value = "^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$",
    means = "an amount such as 500m, 2 or 1Gi")
@Target(ElementType.TYPE_USE)
@Retention(RetentionPolicy.RUNTIME)
@interface Quantity {}
