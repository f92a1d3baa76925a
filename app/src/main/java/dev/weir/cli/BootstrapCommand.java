package dev.weir.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code weir bootstrap}: how clients of other projects find the controller. */
final class BootstrapCommand implements Command {
  private final Usage usage =
      Usage.of(
              this,
              "bootstrap",
              "Prints the file with which an xDS client of another project starts and asks the"
                  + " controller for everything else: stock Envoy (YAML), or an application with"
                  + " gRPC's own xDS client (JSON, for the environment variable"
                  + " GRPC_XDS_BOOTSTRAP).",
              "Without --cert, --key and --ca the connection is in plaintext, which only a"
                  + " controller that was started for trials takes.")
          .ends("0:printed", "2:the command line is wrong");

  private final OptionSpec grpc =
      Usage.flag("--grpc").description("For gRPC's own xDS client.").build();

  private final OptionSpec certificate =
      file("--cert", "The client's certificate (PEM), as the client finds it.");
  private final OptionSpec key = file("--key", "The key of the certificate.");
  private final OptionSpec authority =
      file("--ca", "The authority of the controller's certificate.");

  private final ControllerArguments controller;

  BootstrapCommand() {
    usage.takes(
        ArgGroupSpec.builder()
            .multiplicity("1")
            .addArg(Usage.flag("--envoy").description("For Envoy.").build())
            .addArg(grpc));
    controller = new ControllerArguments(usage);
    usage.takes(
        ArgGroupSpec.builder().exclusive(false).addArg(certificate).addArg(key).addArg(authority));
    usage
        .spec()
        .usageMessage()
        .footerHeading("%nExamples:%n")
        .footer(
            "  weir bootstrap --envoy --controller weir.weir-system.svc:18000 --node envoy-1 \\",
            "      --serves Gateway/infra/edge --cert tls.crt --key tls.key --ca ca.crt > envoy.yaml",
            "  envoy -c envoy.yaml",
            "",
            "  weir bootstrap --grpc --controller 127.0.0.1:18000 --node shop-1 \\",
            "      --serves Gateway/infra/edge > xds.json",
            "  GRPC_XDS_BOOTSTRAP=xds.json ./shop   # dials xds:///greeter.example.com");
  }

  /** One of those that go together. */
  private static OptionSpec file(String name, String description) {
    return Usage.option(name, "FILE", Path.class).required(true).description(description).build();
  }

  private static String text(OptionSpec file) {
    return file.getValue().toString();
  }

  @Override
  public Usage usage() {
    return usage;
  }

  @Override
  public Integer call() {
    // An option in a group keeps the value of the last line that had it, so this one is asked.
    ParseResult line = usage.spec().commandLine().getParseResult();
    boolean forGrpc = line.hasMatchedOption(grpc) && grpc.<Boolean>getValue();
    ControllerArguments.Address address = controller.controller();
    Bootstrap bootstrap =
        new Bootstrap(
            address.host(),
            address.port(),
            controller.node(),
            controller.serves(),
            line.hasMatchedOption(certificate)
                ? new Bootstrap.Tls(text(certificate), text(key), text(authority))
                : null);
    PrintWriter out = usage.out();
    out.print(forGrpc ? bootstrap.ofGrpc() : bootstrap.ofEnvoy());
    out.flush();
    return 0;
  }
}
