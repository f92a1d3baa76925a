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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;

/** {@code weir translate}: the Envoy resources that the configuration means. */
final class TranslateCommand implements Command {
  /** What is printed. */
  enum Form {
    xds,
    kubernetes
  }

  private final Usage usage =
      Usage.of(
              this,
              "translate",
              "Prints what the configuration becomes, as YAML: the xDS resources for its proxies,"
                  + " or the Kubernetes objects that run them.",
              "What is wrong goes to standard error; what is printed is that of the rest.")
          .ends("0:no errors; there may be warnings", "1:errors", "2:the command line is wrong");

  private final ConfigArguments config = new ConfigArguments(usage);

  private final OptionSpec output =
      usage.takes(
          Usage.option("--output", "<output>", Form.class)
              .defaultValue("xds")
              .description(
                  "xds, or kubernetes: what a controller with --proxy-image would make for the"
                      + " Gateways (default: ${DEFAULT-VALUE})."));

  private final OptionSpec controller =
      usage.takes(
          Usage.option("--controller", "HOST:PORT", String.class)
              .description("With kubernetes: where the proxies reach the controller."));

  private final OptionSpec proxyImage =
      usage.takes(
          Usage.option("--proxy-image", "IMAGE", String.class)
              .description("With kubernetes: what runs, where GatewayParameters name no image."));

  private final OptionSpec ca =
      usage.takes(
          Usage.option("--ca", "FILE", Path.class)
              .description(
                  "With kubernetes: who signs the controller's certificate, in PEM; the tls.crt of"
                      + " its Secret weir-ca."));

  @Override
  public Usage usage() {
    return usage;
  }

  @Override
  public Integer call() {
    @Nullable String address = controller.getValue();
    @Nullable String image = proxyImage.getValue();
    @Nullable Path authorities = ca.getValue();
    return switch (output.<Form>getValue()) {
      case xds -> {
        if (address != null || image != null || authorities != null) {
          throw usage.wrong("--controller, --proxy-image and --ca are for --output kubernetes");
        }
        Reading reading = config.read();
        yield print(
            reading.problems(), new XdsYaml(Features.ALL).print(reading.translation().snapshot()));
      }
      case kubernetes -> {
        if (address == null || image == null || authorities == null) {
          throw usage.wrong("--output kubernetes needs --controller, --proxy-image and --ca");
        }
        String trusted;
        try {
          trusted = Files.readString(authorities);
        } catch (IOException e) {
          usage.err().println("weir: --ca: cannot read " + e.getMessage());
          yield 1;
        }
        DeploySettings settings =
            new DeploySettings(address, image, new DeploySettings.Issued(trusted));
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
    PrintWriter err = usage.err();
    problems.forEach(problem -> err.println(ProblemText.line(problem)));
    err.flush();
    PrintWriter out = usage.out();
    out.print(text);
    out.flush();
    return ProblemText.exitStatus(problems);
  }
}
