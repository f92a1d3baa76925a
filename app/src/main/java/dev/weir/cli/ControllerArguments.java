package dev.weir.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of whoever gets its configuration from a controller. */
final class ControllerArguments {
  private static final Pattern SERVES =
      Pattern.compile("Gateway/[^/\\s]+/[^/\\s]+|GatewayClass/[^/\\s]+");

  /** A name or IPv4 address, or an IPv6 address in brackets, and a port. */
  private static final Pattern ADDRESS =
      Pattern.compile("(?:([^\\[\\]:\\s]+)|\\[([0-9a-fA-F:.]+)]):([0-9]{1,5})");

  private static final int LAST_PORT = 65535;

  @Option(
      names = "--controller",
      paramLabel = "HOST:PORT",
      required = true,
      description = "Where the controller serves xDS; an IPv6 address in brackets.")
  private String controller = "";

  @Option(
      names = "--node",
      paramLabel = "NAME",
      required = true,
      description =
          "What it is called: no two may have the same name, and after a restart it is the same.")
  private String node = "";

  @Option(
      names = "--serves",
      paramLabel = "Gateway/NAMESPACE/NAME|GatewayClass/NAME",
      required = true,
      description =
          "Whose resources it gets: those of a Gateway, or of all Gateways of a class in host mode."
              + " Its certificate must have the URI spiffe://weir.dev/ and this.")
  private String serves = "";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** Where a controller is; an IPv6 address is without brackets. */
  record Address(String host, int port) {}

  Address controller() {
    Matcher address = ADDRESS.matcher(controller);
    int port = address.matches() ? Integer.parseInt(address.group(3)) : 0;
    if (port < 1 || port > LAST_PORT) {
      throw wrong("--controller is HOST:PORT, not " + controller);
    }
    return new Address(address.group(1) == null ? address.group(2) : address.group(1), port);
  }

  String node() {
    if (node.isBlank()) {
      throw wrong("--node must not be empty");
    }
    return node;
  }

  String serves() {
    if (!SERVES.matcher(serves).matches()) {
      throw wrong("--serves is Gateway/NAMESPACE/NAME or GatewayClass/NAME, not " + serves);
    }
    return serves;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
