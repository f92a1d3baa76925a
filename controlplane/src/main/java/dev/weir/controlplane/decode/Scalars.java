package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.Tree.Scalar;
import dev.weir.controlplane.decode.Tree.Sort;
import dev.weir.core.api.Bytes;
import dev.weir.core.api.JsonObject;
import dev.weir.core.api.k8s.IntOrString;
import dev.weir.core.api.schema.JsonNames;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The shapes of single values. */
final class Scalars {
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,5}(h|m|s|ms)){1,4}");
  private static final Pattern DURATION_PART = Pattern.compile("([0-9]+)(h|ms|m|s)");

  private Scalars() {}

  /** The shape of a Java type, or null if it is not one of a single value. */
  static @Nullable Shape of(Class<?> type, Constraints constraints) {
    if (type == String.class) {
      return (tree, path, findings) -> string(tree, constraints, path, findings);
    } else if (type == int.class || type == Integer.class) {
      return (tree, path, findings) -> {
        Long number = integer(tree, constraints, path, findings);
        return number == null ? null : number.intValue();
      };
    } else if (type == boolean.class || type == Boolean.class) {
      return Scalars::bool;
    } else if (type == Duration.class) {
      return Scalars::duration;
    } else if (type == Instant.class) {
      return Scalars::instant;
    } else if (type == Bytes.class) {
      return Scalars::bytes;
    } else if (type == IntOrString.class) {
      return (tree, path, findings) -> intOrString(tree, constraints, path, findings);
    } else if (type.isEnum()) {
      return enumeration(type);
    } else if (type == JsonObject.class) {
      return new FreeForm();
    } else if (type == Tree.class) {
      return (tree, path, findings) -> tree;
    }
    return null;
  }

  static @Nullable String string(Tree tree, Constraints constraints, Path path, Findings findings) {
    if (!(tree instanceof Scalar scalar) || scalar.sort() != Sort.STRING) {
      Shape.wrongType(tree, path, findings, "a string");
      return null;
    }
    return constraints.allow(scalar.text(), tree, path, findings) ? scalar.text() : null;
  }

  private static @Nullable Long integer(
      Tree tree, Constraints constraints, Path path, Findings findings) {
    if (!(tree instanceof Scalar scalar) || scalar.sort() != Sort.INTEGER) {
      Shape.wrongType(tree, path, findings, "a whole number");
      return null;
    }
    String text = scalar.text();
    if (text.matches("[-+]?0[0-9]+")) {
      findings.error(
          "InvalidValue", path, tree.line(), "a leading 0 is read differently by different tools");
      return null;
    }
    BigInteger number =
        text.startsWith("0x")
            ? new BigInteger(text.substring(2), 16)
            : text.startsWith("0o") ? new BigInteger(text.substring(2), 8) : new BigInteger(text);
    if (number.bitLength() >= Integer.SIZE) {
      findings.error("OutOfRange", path, tree.line(), "a number of 32 bits is expected");
      return null;
    }
    long value = number.longValue();
    return constraints.allow(value, tree, path, findings) ? value : null;
  }

  private static @Nullable Boolean bool(Tree tree, Path path, Findings findings) {
    if (!(tree instanceof Scalar scalar) || scalar.sort() != Sort.BOOLEAN) {
      Shape.wrongType(tree, path, findings, "true or false");
      return null;
    }
    return Boolean.valueOf(scalar.text());
  }

  /** A duration of the Gateway API (GEP-2257). */
  private static @Nullable Duration duration(Tree tree, Path path, Findings findings) {
    if (!(tree instanceof Scalar scalar) || scalar.sort() == Sort.NULL) {
      Shape.wrongType(tree, path, findings, "a duration such as 10s");
      return null;
    }
    if (!DURATION.matcher(scalar.text()).matches()) {
      findings.error(
          "InvalidValue",
          path,
          tree.line(),
          "expected a duration such as 10s, 500ms or 1h30m, found "
              + Constraints.quote(scalar.text()));
      return null;
    }
    Duration total = Duration.ZERO;
    Matcher part = DURATION_PART.matcher(scalar.text());
    while (part.find()) {
      long amount = Long.parseLong(part.group(1));
      total =
          switch (part.group(2)) {
            case "h" -> total.plusHours(amount);
            case "m" -> total.plusMinutes(amount);
            case "s" -> total.plusSeconds(amount);
            default -> total.plusMillis(amount);
          };
    }
    return total;
  }

  private static @Nullable Instant instant(Tree tree, Path path, Findings findings) {
    if (tree instanceof Scalar scalar && scalar.sort() == Sort.STRING) {
      try {
        return OffsetDateTime.parse(scalar.text()).toInstant();
      } catch (DateTimeException e) {
        // Said below.
      }
    }
    findings.error(
        "InvalidValue", path, tree.line(), "expected a time such as 2026-01-31T12:00:00Z");
    return null;
  }

  /** Never shows the text: it may be a secret. */
  private static @Nullable Bytes bytes(Tree tree, Path path, Findings findings) {
    if (!(tree instanceof Scalar scalar) || scalar.sort() == Sort.NULL) {
      Shape.wrongType(tree, path, findings, "a string");
      return null;
    }
    try {
      String oneLine = scalar.text().replace("\n", "").replace("\r", "");
      return Bytes.of(Base64.getDecoder().decode(oneLine));
    } catch (IllegalArgumentException e) {
      findings.error(
          "InvalidValue",
          path,
          tree.line(),
          "not base64: encode it, or use stringData in a Secret");
      return null;
    }
  }

  private static @Nullable IntOrString intOrString(
      Tree tree, Constraints constraints, Path path, Findings findings) {
    if (tree instanceof Scalar scalar && scalar.sort() == Sort.STRING) {
      return constraints.allow(scalar.text(), tree, path, findings)
          ? new IntOrString.Text(scalar.text())
          : null;
    }
    if (tree instanceof Scalar scalar && scalar.sort() == Sort.INTEGER) {
      Long number = integer(tree, constraints, path, findings);
      return number == null ? null : new IntOrString.Int(number.intValue());
    }
    Shape.wrongType(tree, path, findings, "a number or a string");
    return null;
  }

  private static Shape enumeration(Class<?> type) {
    Map<String, Enum<?>> constants = new LinkedHashMap<>();
    for (Object constant : type.getEnumConstants()) {
      constants.put(JsonNames.of((Enum<?>) constant), (Enum<?>) constant);
    }
    List<String> names = new ArrayList<>(constants.keySet());
    return (tree, path, findings) -> {
      if (!(tree instanceof Scalar scalar) || scalar.sort() == Sort.NULL) {
        Shape.wrongType(tree, path, findings, Constraints.alternatives(names));
        return null;
      }
      Enum<?> constant = constants.get(scalar.text());
      if (constant == null) {
        Constraints.unknownValue(scalar.text(), names, tree, path, findings);
      }
      return constant;
    };
  }
}
