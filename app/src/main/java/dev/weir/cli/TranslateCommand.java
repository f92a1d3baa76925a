package dev.weir.cli;

import dev.weir.cli.ConfigArguments.Reading;
import dev.weir.controlplane.deploy.DeploySettings;
import dev.weir.controlplane.deploy.Deployments;
import dev.weir.controlplane.deploy.DeploymentsYaml;
import dev.weir.controlplane.resolve.ConditionReason;
import dev.weir.controlplane.translate.XdsYaml;
import dev.weir.core.problem.Problem;
import dev.weir.features.Features;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weir translate}: the Envoy resources that the configuration means. */
@Command(
    name = "translate",
    description = {
      "Prints what the configuration becomes, as YAML: the xDS resources for its proxies, or the"
          + " Kubernetes objects that run them.",
      "What is wrong goes to standard error; what is printed is that of the rest."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:no errors; there may be warnings",
      "1:errors",
      "2:the command line is wrong"
    })
final class TranslateCommand implements Callable<Integer> {
  /** What is printed. */
  enum Form {
    xds,
    kubernetes
  }

  @Mixin private ConfigArguments config;

  @Option(
      names = "--output",
      defaultValue = "xds",
      description =
          "xds, or kubernetes: what a controller with --proxy-image would make for the Gateways"
              + " (default: ${DEFAULT-VALUE}).")
  private Form output = Form.xds;

  @Option(
      names = "--controller",
      paramLabel = "HOST:PORT",
      description = "With kubernetes: where the proxies reach the controller.")
  private @Nullable String controller;

  @Option(
      names = "--proxy-image",
      paramLabel = "IMAGE",
      description = "With kubernetes: what runs, where GatewayParameters name no image.")
  private @Nullable String image;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description =
          "With kubernetes: who signs the controller's certificate, in PEM; the tls.crt of its"
              + " Secret weir-ca.")
  private @Nullable Path authorities;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    return switch (output) {
      case xds -> {
        if (controller != null || image != null || authorities != null) {
          throw new ParameterException(
              spec.commandLine(),
              "--controller, --proxy-image and --ca are for --output kubernetes");
        }
        Reading reading = config.read();
        yield print(
            reading.problems(), new XdsYaml(Features.ALL).print(reading.translation().snapshot()));
      }
      case kubernetes -> {
        if (controller == null || image == null || authorities == null) {
          throw new ParameterException(
              spec.commandLine(), "--output kubernetes needs --controller, --proxy-image and --ca");
        }
        String trusted;
        try {
          trusted = Files.readString(authorities);
        } catch (IOException e) {
          spec.commandLine().getErr().println("weir: --ca: cannot read " + e.getMessage());
          yield 1;
        }
        DeploySettings settings =
            new DeploySettings(controller, image, new DeploySettings.Issued(trusted));
        Reading reading = config.readDeployed();
        yield print(
            reading.problems().stream().filter(TranslateCommand::isKnownByNow).toList(),
            DeploymentsYaml.print(
                Deployments.of(
                        reading.load().state(),
                        reading.translation().resolution().topology(),
                        settings)
                    .values()));
      }
    };
  }

  /** What is not there yet has no address. */
  private static boolean isKnownByNow(Problem problem) {
    return !problem.reason().equals(ConditionReason.ADDRESS_NOT_ASSIGNED.text());
  }

  private int print(List<Problem> problems, String text) {
    PrintWriter err = spec.commandLine().getErr();
    problems.forEach(problem -> err.println(ProblemText.line(problem)));
    err.flush();
    PrintWriter out = spec.commandLine().getOut();
    out.print(text);
    out.flush();
    return ProblemText.exitStatus(problems);
  }
}
