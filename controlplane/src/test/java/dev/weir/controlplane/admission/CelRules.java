package dev.weir.controlplane.admission;

import dev.cel.bundle.Cel;
import dev.cel.bundle.CelFactory;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.SimpleType;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntime;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Rules of CRDs, evaluated by Google's implementation of CEL. */
final class CelRules {
  /** Names that are words of CEL are written in rules with underscores around them. */
  private static final Set<String> RESERVED = Set.of("namespace");

  private static final Pattern IPV4 =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");

  private static final Cel CEL =
      CelFactory.legacyCelBuilder()
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          .addVar("self", SimpleType.DYN)
          .addCompilerLibraries(CelExtensions.strings())
          .addRuntimeLibraries(CelExtensions.strings())
          .addFunctionDeclarations(
              CelFunctionDecl.newFunctionDeclaration(
                  "isIP",
                  CelOverloadDecl.newGlobalOverload(
                      "is_ip_string", SimpleType.BOOL, SimpleType.STRING)),
              CelFunctionDecl.newFunctionDeclaration(
                  "isCIDR",
                  CelOverloadDecl.newGlobalOverload(
                      "is_cidr_string", SimpleType.BOOL, SimpleType.STRING)))
          .addFunctionBindings(
              CelFunctionBinding.fromOverloads(
                  "isIP", CelFunctionBinding.from("is_ip_string", String.class, CelRules::isIp)))
          .addFunctionBindings(
              CelFunctionBinding.fromOverloads(
                  "isCIDR",
                  CelFunctionBinding.from("is_cidr_string", String.class, CelRules::isCidr)))
          .build();

  private final Map<String, CelRuntime.Program> programs = new HashMap<>();

  /** Answers by rule and value: objects that differ in one place are alike in all others. */
  private final Map<String, Map<JsonNode, Boolean>> answers = new HashMap<>();

  /**
   * Whether the rule holds. One that cannot be evaluated does not; one that compares with the value
   * of before holds, as it does for a new object.
   */
  boolean holds(String rule, JsonNode self) {
    if (rule.contains("oldSelf")) {
      return true;
    }
    return answers
        .computeIfAbsent(rule, key -> new HashMap<>())
        .computeIfAbsent(self, value -> evaluate(rule, value));
  }

  private boolean evaluate(String rule, JsonNode self) {
    try {
      return programs
          .computeIfAbsent(rule, CelRules::program)
          .eval(Map.of("self", value(self)))
          .equals(true);
    } catch (CelEvaluationException e) {
      return false;
    }
  }

  private static CelRuntime.Program program(String rule) {
    try {
      return CEL.createProgram(CEL.compile(rule).getAst());
    } catch (CelValidationException | CelEvaluationException e) {
      throw new IllegalArgumentException(rule, e);
    }
  }

  private static Object value(JsonNode node) {
    if (node.isObject()) {
      Map<String, Object> map = new LinkedHashMap<>();
      node.forEachEntry((name, field) ->
          map.put(RESERVED.contains(name) ? "__" + name + "__" : name, value(field)));
      return map;
    } else if (node.isArray()) {
      List<Object> list = new ArrayList<>();
      node.forEach(item -> list.add(value(item)));
      return list;
    } else if (node.isString()) {
      return node.asString();
    }
    return node.isBoolean() ? (Object) node.asBoolean() : (Object) node.asLong();
  }

  private static boolean isCidr(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("0|[1-9][0-9]{0,2}")) {
      return false;
    }
    String ip = text.substring(0, slash);
    return isIp(ip) && Integer.parseInt(text.substring(slash + 1)) <= (ip.contains(":") ? 128 : 32);
  }

  private static boolean isIp(String text) {
    if (text.contains(":")) {
      try {
        // An IPv4 address in the form of IPv6 is none to an API server.
        return InetAddress.ofLiteral(text) instanceof Inet6Address && !text.contains("%");
      } catch (IllegalArgumentException e) {
        return false;
      }
    }
    var parts = IPV4.matcher(text);
    if (!parts.matches()) {
      return false;
    }
    for (int i = 1; i <= 4; i++) {
      String part = parts.group(i);
      if (Integer.parseInt(part) > 255 || (part.length() > 1 && part.startsWith("0"))) {
        return false;
      }
    }
    return true;
  }
}
