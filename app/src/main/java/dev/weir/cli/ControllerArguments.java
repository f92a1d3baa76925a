package dev.weir.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.OptionSpec;

/** Options of whoever gets its configuration from a controller. */
final class ControllerArguments {
  private static final Pattern SERVES =
      Pattern.compile("Gateway/[^/\\s]+/[^/\\s]+|GatewayClass/[^/\\s]+");

  /** A name or IPv4 address, or an IPv6 address in brackets, and a port. */
  private static final Pattern ADDRESS =
      Pattern.compile("(?:([^\\[\\]:\\s]+)|\\[([0-9a-fA-F:.]+)]):([0-9]{1,5})");

  private static final int LAST_PORT = 65535;

  private final Usage usage;
  private final OptionSpec controller;
  private final OptionSpec node;
  private final OptionSpec serves;

  ControllerArguments(Usage usage) {
    this.usage = usage;
    controller =
        usage.takes(
            Usage.option("--controller", "HOST:PORT", String.class)
                .required(true)
                .description("Where the controller serves xDS; an IPv6 address in brackets."));
    node =
        usage.takes(
            Usage.option("--node", "NAME", String.class)
                .required(true)
                .description(
                    "What it is called: no two may have the same name, and after a restart it is"
                        + " the same."));
    serves =
        usage.takes(
            Usage.option("--serves", "Gateway/NAMESPACE/NAME|GatewayClass/NAME", String.class)
                .required(true)
                .description(
                    "Whose resources it gets: those of a Gateway, or of all Gateways of a class in"
                        + " host mode. Its certificate must have the URI spiffe://weir.dev/ and"
                        + " this."));
  }

  /** Where a controller is; an IPv6 address is without brackets. */
  record Address(String host, int port) {}

  Address controller() {
    String text = controller.getValue();
    Matcher address = ADDRESS.matcher(text);
    int port = address.matches() ? Integer.parseInt(address.group(3)) : 0;
    if (port < 1 || port > LAST_PORT) {
      throw usage.wrong("--controller is HOST:PORT, not " + text);
    }
    return new Address(address.group(1) == null ? address.group(2) : address.group(1), port);
  }

  String node() {
    String name = node.getValue();
    if (name.isBlank()) {
      throw usage.wrong("--node must not be empty");
    }
    return name;
  }

  String serves() {
    String whom = serves.getValue();
    if (!SERVES.matcher(whom).matches()) {
      throw usage.wrong("--serves is Gateway/NAMESPACE/NAME or GatewayClass/NAME, not " + whom);
    }
    return whom;
  }
}
