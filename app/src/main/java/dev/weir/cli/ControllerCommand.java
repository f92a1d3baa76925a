package dev.weir.cli;

import dev.weir.controller.Controller;
import dev.weir.controller.ControllerOptions;
import dev.weir.controller.ControllerOptions.Election;
import dev.weir.controller.ControllerOptions.Provisioning;
import dev.weir.controller.XdsSecurity;
import dev.weir.controlplane.kube.Leadership;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;

/** {@code weir controller}: Kubernetes on one side, proxies on the other. */
final class ControllerCommand implements Command {
  private static final int XDS_PORT = 18000;

  private final Usage usage =
      Usage.of(
              this,
              "controller",
              "Follows the objects of a Kubernetes API server, brings them to proxies by xDS, and"
                  + " writes status.",
              "Several may run: the one that holds the Lease writes, and serves all proxies.")
          .endsWhenStopped();

  private final OptionSpec kubeconfig =
      usage.takes(
          Usage.option("--kubeconfig", "FILE", Path.class)
              .description(
                  "How to reach the API server (default: $KUBECONFIG, ~/.kube/config, or the"
                      + " ServiceAccount of the pod)."));

  private final OptionSpec context =
      usage.takes(
          Usage.option("--context", "NAME", String.class)
              .description("Context of the kubeconfig (default: its current one)."));

  private final OptionSpec namespace =
      usage.takes(
          Usage.option("--namespace", "NAME", String.class)
              .defaultValue("weir-system")
              .description(
                  "Where the controller keeps what it needs (default: ${DEFAULT-VALUE})."));

  private final OptionSpec xds =
      usage.takes(
          Usage.option("--xds", "HOST:PORT", String.class)
              .defaultValue("0.0.0.0:18000")
              .description("Where proxies connect (default: ${DEFAULT-VALUE})."));

  private final OptionSpec service =
      usage.takes(
          Usage.option("--service", "HOST[:PORT]", List.class)
              .auxiliaryTypes(String.class)
              .initialValue(List.of())
              .description(
                  "The name or address at which proxies reach the controllers, for the certificate"
                      + " (default: localhost and the host of --xds); may be repeated."));

  private final OptionSpec insecureXds =
      usage.takes(
          Usage.flag("--insecure-xds")
              .description(
                  "Serves proxies in plaintext: whoever reaches the port reads everything, private"
                      + " keys included. For trials."));

  private final OptionSpec cert =
      usage.takes(
          Usage.option("--cert", "FILE", Path.class)
              .description(
                  "Certificate of the controllers (PEM), instead of one that they issue. Proxies"
                      + " have to get theirs from elsewhere, too."));

  private final OptionSpec certKey =
      usage.takes(Usage.option("--key", "FILE", Path.class).description("Its key (PEM)."));

  private final OptionSpec ca =
      usage.takes(
          Usage.option("--ca", "FILE", Path.class)
              .description("Authorities that vouch for it and for the proxies (PEM)."));

  private final OptionSpec admin =
      usage.takes(
          Usage.option("--admin", "HOST:PORT|off", String.class)
              .defaultValue("127.0.0.1:18001")
              .description("Where the admin endpoint listens (default: ${DEFAULT-VALUE})."));

  private final OptionSpec name =
      usage.takes(
          Usage.option("--name", "NAME", String.class)
              .description(
                  "Name of this controller among those that run for the Lease (default: that of the"
                      + " host)."));

  private final OptionSpec leaseName =
      usage.takes(
          Usage.option("--lease-name", "NAME", String.class)
              .defaultValue("weir-controller")
              .description(
                  "The Lease that the writing controller holds (default: ${DEFAULT-VALUE})."));

  private final OptionSpec leaseSeconds =
      usage.takes(
          Usage.option("--lease-seconds", "N", int.class)
              .defaultValue("15")
              .description(
                  "How long after the last renewal of the Lease another controller takes it"
                      + " (default: ${DEFAULT-VALUE})."));

  private final OptionSpec renewSeconds =
      usage.takes(
          Usage.option("--renew-seconds", "N", int.class)
              .defaultValue("10")
              .description(
                  "How long after it the one that holds the Lease goes on writing; less than"
                      + " --lease-seconds (default: ${DEFAULT-VALUE})."));

  private final OptionSpec retrySeconds =
      usage.takes(
          Usage.option("--retry-seconds", "N", int.class)
              .defaultValue("2")
              .description(
                  "Between two tries to take or renew the Lease; less than --renew-seconds"
                      + " (default: ${DEFAULT-VALUE})."));

  private final OptionSpec noLeaderElection =
      usage.takes(
          Usage.flag("--no-leader-election")
              .description("This is the only controller: it writes without asking."));

  private final OptionSpec hostPool =
      usage.takes(
          Usage.option("--host-pool", "CIDR", String.class)
              .description(
                  "Gives each Gateway without addresses one of these, which the proxies of its"
                      + " class bind."));

  private final OptionSpec proxyImage =
      usage.takes(
          Usage.option("--proxy-image", "IMAGE", String.class)
              .description(
                  "Runs proxies of this image for Gateways: a Deployment, a Service and what else"
                      + " their GatewayParameters ask for. Needs --service. Without it, proxies are"
                      + " started by hand."));

  private final OptionSpec webhook =
      usage.takes(
          Usage.option("--webhook", "HOST:PORT|off", String.class)
              .defaultValue("off")
              .description(
                  "Where the API server asks whether an object may be stored (default:"
                      + " ${DEFAULT-VALUE})."));

  @Override
  public Usage usage() {
    return usage;
  }

  @Override
  public Integer call() throws InterruptedException {
    InetSocketAddress xdsAddress = address("--xds", xds.getValue());
    boolean alone = noLeaderElection.getValue();
    ControllerOptions options =
        new ControllerOptions(
            kubeconfig.getValue(),
            context.getValue(),
            namespace.getValue(),
            identity(),
            alone ? null : new Election(leaseName.getValue(), timing(), name()),
            hostPool.getValue(),
            addressOrOff("--admin", admin.getValue()),
            provisioning(),
            addressOrOff("--webhook", webhook.getValue()));
    PrintWriter err = usage.err();
    StopSignal stop = StopSignal.install();
    try (Controller controller = Controller.start(options, xdsAddress, security(xdsAddress))) {
      err.println("Proxies connect to " + controller.xdsAddress() + ".");
      err.flush();
      stop.await();
      err.println("Stopping: the Lease is given back; proxies stay with what they have.");
      err.flush();
    } catch (IOException | IllegalArgumentException e) {
      err.println("weir: " + e.getMessage());
      return 1;
    }
    return 0;
  }

  private XdsSecurity security(InetSocketAddress xdsAddress) {
    @Nullable Path certificate = cert.getValue();
    @Nullable Path key = certKey.getValue();
    @Nullable Path authorities = ca.getValue();
    boolean files = certificate != null || key != null || authorities != null;
    boolean insecure = insecureXds.getValue();
    if (insecure) {
      if (files) {
        throw usage.wrong("--insecure-xds does not go together with --cert, --key and --ca");
      }
      return new XdsSecurity.Plaintext();
    }
    if (!files) {
      return new XdsSecurity.Issued(names(xdsAddress));
    }
    if (certificate == null || key == null || authorities == null) {
      throw usage.wrong("--cert, --key and --ca go together");
    }
    return new XdsSecurity.Files(certificate, key, authorities);
  }

  private Leadership.Timing timing() {
    try {
      return new Leadership.Timing(
          seconds(leaseSeconds), seconds(renewSeconds), seconds(retrySeconds));
    } catch (IllegalArgumentException e) {
      throw usage.wrong("--lease-seconds, --renew-seconds and --retry-seconds: " + e.getMessage());
    }
  }

  private static Duration seconds(OptionSpec option) {
    int seconds = option.getValue();
    return Duration.ofSeconds(seconds);
  }

  private @Nullable Provisioning provisioning() {
    @Nullable String image = proxyImage.getValue();
    if (image == null) {
      return null;
    }
    List<String> services = service.getValue();
    if (services.isEmpty()) {
      throw usage.wrong("--proxy-image needs --service: the proxies have to reach the controllers");
    }
    String controller = services.getFirst();
    return new Provisioning(
        controller.matches(".*:\\d+") ? controller : controller + ":" + XDS_PORT, image);
  }

  /** What nobody else has, even if two processes were given one name. */
  private String identity() {
    String given = name();
    String random = UUID.randomUUID().toString().substring(0, 8);
    return (given == null ? "weir" : given) + "-" + random;
  }

  private @Nullable String name() {
    @Nullable String given = name.getValue();
    if (given == null) {
      given = System.getenv("HOSTNAME");
    }
    return given == null || given.isEmpty() ? null : given;
  }

  private List<String> names(InetSocketAddress xdsAddress) {
    List<String> names = new ArrayList<>();
    List<String> services = service.getValue();
    for (String each : services) {
      names.add(each.replaceAll(":\\d+$", ""));
    }
    if (services.isEmpty()) {
      names.add("localhost");
      names.add("127.0.0.1");
      if (!xdsAddress.getAddress().isAnyLocalAddress()
          && !xdsAddress.getAddress().isLoopbackAddress()) {
        names.add(xdsAddress.getAddress().getHostAddress());
      }
    }
    return names;
  }

  private @Nullable InetSocketAddress addressOrOff(String option, String text) {
    return text.equals("off") ? null : address(option, text);
  }

  private InetSocketAddress address(String option, String text) {
    InetSocketAddress address = BindAddress.of(text);
    if (address == null) {
      throw usage.wrong(option + " is HOST:PORT, not " + text);
    }
    return address;
  }
}
