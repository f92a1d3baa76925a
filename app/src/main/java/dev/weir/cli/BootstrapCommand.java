package dev.weir.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weir bootstrap}: how clients of other projects find the controller. */
@Command(
    name = "bootstrap",
    description = {
      "Prints the file with which an xDS client of another project starts and asks the controller"
          + " for everything else: stock Envoy (YAML), or an application with gRPC's own xDS client"
          + " (JSON, for the environment variable GRPC_XDS_BOOTSTRAP).",
      "Without --cert, --key and --ca the connection is in plaintext, which only a controller that"
          + " was started for trials takes."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  weir bootstrap --envoy --controller weir.weir-system.svc:18000 --node envoy-1 \\",
      "      --serves Gateway/infra/edge --cert tls.crt --key tls.key --ca ca.crt > envoy.yaml",
      "  envoy -c envoy.yaml",
      "",
      "  weir bootstrap --grpc --controller 127.0.0.1:18000 --node shop-1 \\",
      "      --serves Gateway/infra/edge > xds.json",
      "  GRPC_XDS_BOOTSTRAP=xds.json ./shop   # dials xds:///greeter.example.com"
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:printed", "2:the command line is wrong"})
final class BootstrapCommand implements Callable<Integer> {
  @ArgGroup(multiplicity = "1")
  private Client client = new Client();

  @Mixin private ControllerArguments controller;

  @ArgGroup(exclusive = false)
  private @Nullable Files files;

  @Spec private CommandSpec spec;

  /** Whose file it is. */
  static final class Client {
    @SuppressWarnings("UnusedVariable") // it is one of the two, and so the other says enough
    @Option(names = "--envoy", required = true, description = "For Envoy.")
    private boolean envoy;

    @Option(names = "--grpc", required = true, description = "For gRPC's own xDS client.")
    private boolean grpc;
  }

  /** Mutual TLS. */
  static final class Files {
    @Option(
        names = "--cert",
        paramLabel = "FILE",
        required = true,
        description = "The client's certificate (PEM), as the client finds it.")
    private Path certificate = Path.of("");

    @Option(
        names = "--key",
        paramLabel = "FILE",
        required = true,
        description = "The key of the certificate.")
    private Path key = Path.of("");

    @Option(
        names = "--ca",
        paramLabel = "FILE",
        required = true,
        description = "The authority of the controller's certificate.")
    private Path authority = Path.of("");
  }

  @Override
  public Integer call() {
    ControllerArguments.Address address = controller.controller();
    Bootstrap bootstrap =
        new Bootstrap(
            address.host(),
            address.port(),
            controller.node(),
            controller.serves(),
            files == null
                ? null
                : new Bootstrap.Tls(
                    files.certificate.toString(),
                    files.key.toString(),
                    files.authority.toString()));
    PrintWriter out = spec.commandLine().getOut();
    out.print(client.grpc ? bootstrap.ofGrpc() : bootstrap.ofEnvoy());
    out.flush();
    return 0;
  }
}
