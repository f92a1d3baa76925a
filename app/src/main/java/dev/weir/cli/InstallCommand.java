package dev.weir.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;

/** {@code weir install}: what has to be in a cluster, as plain manifests. */
final class InstallCommand implements Command {
  /** As the manifests have them. */
  static final String NAMESPACE = "weir-system";

  private static final String IMAGE = "weir:[0-9][0-9.]*";
  private static final String NAMESPACE_NAME = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
  private static final String IMAGE_NAME = "[A-Za-z0-9][-A-Za-z0-9._/:@]*";

  private final Usage usage =
      Usage.of(
              this,
              "install",
              "Prints the manifests of the controller, for kubectl apply --server-side -f -.",
              "They are those of the Helm chart with its defaults; install that for more choice.")
          .ends("0:printed", "2:the command line is wrong");

  private final OptionSpec namespace;
  private final OptionSpec image;

  InstallCommand() {
    usage.takes(
        Usage.flag("--print")
            .required(true)
            .description("Prints them. Nothing else is there: kubectl knows your cluster."));
    namespace =
        usage.takes(
            Usage.option("--namespace", "NAMESPACE", String.class)
                .defaultValue(NAMESPACE)
                .description("Where the controller lives (default: ${DEFAULT-VALUE})."));
    image =
        usage.takes(
            Usage.option("--image", "IMAGE", String.class)
                .description(
                    "Image of controller and proxies, with the registry that you keep it in."));
  }

  @Override
  public Usage usage() {
    return usage;
  }

  @Override
  public Integer call() {
    String home = namespace.getValue();
    if (!home.matches(NAMESPACE_NAME)) {
      throw usage.wrong("--namespace is the name of a namespace, not " + home);
    }
    @Nullable String other = image.getValue();
    if (other != null && !other.matches(IMAGE_NAME)) {
      throw usage.wrong("--image is the name of an image, not " + other);
    }
    String manifests = manifests().replace(NAMESPACE, home);
    if (other != null) {
      manifests =
          manifests.replaceAll("\"" + IMAGE + "\"", Matcher.quoteReplacement(quoted(other)));
    }
    PrintWriter out = usage.out();
    out.print(manifests);
    out.flush();
    return 0;
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }

  private static String manifests() {
    try (InputStream in =
        Objects.requireNonNull(InstallCommand.class.getResourceAsStream("weir.yaml"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("the manifests are in the jar", e);
    }
  }
}
