package dev.weir.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weir install}: what has to be in a cluster, as plain manifests. */
@Command(
    name = "install",
    description = {
      "Prints the manifests of the controller, for kubectl apply --server-side -f -.",
      "They are those of the Helm chart with its defaults; install that for more choice."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:printed", "2:the command line is wrong"})
final class InstallCommand implements Callable<Integer> {
  /** As the manifests have them. */
  static final String NAMESPACE = "weir-system";

  private static final String IMAGE = "weir:[0-9][0-9.]*";
  private static final String NAMESPACE_NAME = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
  private static final String IMAGE_NAME = "[A-Za-z0-9][-A-Za-z0-9._/:@]*";

  @Option(
      names = "--print",
      required = true,
      description = "Prints them. Nothing else is there: kubectl knows your cluster.")
  @SuppressWarnings("UnusedVariable") // whoever writes it has said all
  private boolean print;

  @Option(
      names = "--namespace",
      paramLabel = "NAMESPACE",
      defaultValue = NAMESPACE,
      description = "Where the controller lives (default: ${DEFAULT-VALUE}).")
  private String namespace = "";

  @Option(
      names = "--image",
      paramLabel = "IMAGE",
      description = "Image of controller and proxies, with the registry that you keep it in.")
  private @Nullable String image;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (!namespace.matches(NAMESPACE_NAME)) {
      throw new ParameterException(
          spec.commandLine(), "--namespace is the name of a namespace, not " + namespace);
    }
    if (image != null && !image.matches(IMAGE_NAME)) {
      throw new ParameterException(
          spec.commandLine(), "--image is the name of an image, not " + image);
    }
    String manifests = manifests().replace(NAMESPACE, namespace);
    if (image != null) {
      manifests =
          manifests.replaceAll("\"" + IMAGE + "\"", Matcher.quoteReplacement(quoted(image)));
    }
    PrintWriter out = spec.commandLine().getOut();
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
