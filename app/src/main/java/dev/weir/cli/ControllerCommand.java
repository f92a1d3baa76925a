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
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weir controller}: Kubernetes on one side, proxies on the other. */
@Command(
    name = "controller",
    description = {
      "Follows the objects of a Kubernetes API server, brings them to proxies by xDS, and writes "
          + "status.",
      "Several may run: the one that holds the Lease writes, and serves all proxies."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:stopped as asked",
      "1:did not start",
      "2:the command line is wrong",
      "143:ended by a second SIGTERM (130: SIGINT)"
    })
final class ControllerCommand implements Callable<Integer> {
  private static final int XDS_PORT = 18000;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description =
          "How to reach the API server (default: $KUBECONFIG, ~/.kube/config, or the ServiceAccount "
              + "of the pod).")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--context",
      paramLabel = "NAME",
      description = "Context of the kubeconfig (default: its current one).")
  private @Nullable String context;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      defaultValue = "weir-system",
      description = "Where the controller keeps what it needs (default: ${DEFAULT-VALUE}).")
  private String namespace = "";

  @Option(
      names = "--xds",
      paramLabel = "HOST:PORT",
      defaultValue = "0.0.0.0:18000",
      description = "Where proxies connect (default: ${DEFAULT-VALUE}).")
  private String xds = "";

  @Option(
      names = "--service",
      paramLabel = "HOST[:PORT]",
      description =
          "The name or address at which proxies reach the controllers, for the certificate (default: "
              + "localhost and the host of --xds); may be repeated.")
  private List<String> services = List.of();

  @Option(
      names = "--insecure-xds",
      description =
          "Serves proxies in plaintext: whoever reaches the port reads everything, private keys "
              + "included. For trials.")
  private boolean insecureXds;

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      description =
          "Certificate of the controllers (PEM), instead of one that they issue. Proxies have to get "
              + "theirs from elsewhere, too.")
  private @Nullable Path certificate;

  @Option(names = "--key", paramLabel = "FILE", description = "Its key (PEM).")
  private @Nullable Path key;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "Authorities that vouch for it and for the proxies (PEM).")
  private @Nullable Path authorities;

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT|off",
      defaultValue = "127.0.0.1:18001",
      description = "Where the admin endpoint listens (default: ${DEFAULT-VALUE}).")
  private String admin = "";

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "Name of this controller among those that run for the Lease (default: that of the host).")
  private @Nullable String name;

  @Option(
      names = "--lease-name",
      paramLabel = "NAME",
      defaultValue = "weir-controller",
      description = "The Lease that the writing controller holds (default: ${DEFAULT-VALUE}).")
  private String leaseName = "";

  @Option(
      names = "--lease-seconds",
      paramLabel = "N",
      defaultValue = "15",
      description =
          "How long after the last renewal of the Lease another controller takes it (default: "
              + "${DEFAULT-VALUE}).")
  private int leaseSeconds;

  @Option(
      names = "--renew-seconds",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "How long after it the one that holds the Lease goes on writing; less than --lease-seconds "
              + "(default: ${DEFAULT-VALUE}).")
  private int renewSeconds;

  @Option(
      names = "--retry-seconds",
      paramLabel = "N",
      defaultValue = "2",
      description =
          "Between two tries to take or renew the Lease; less than --renew-seconds (default: "
              + "${DEFAULT-VALUE}).")
  private int retrySeconds;

  @Option(
      names = "--no-leader-election",
      description = "This is the only controller: it writes without asking.")
  private boolean noLeaderElection;

  @Option(
      names = "--host-pool",
      paramLabel = "CIDR",
      description =
          "Gives each Gateway without addresses one of these, which the proxies of its class bind.")
  private @Nullable String hostPool;

  @Option(
      names = "--proxy-image",
      paramLabel = "IMAGE",
      description =
          "Runs proxies of this image for Gateways: a Deployment, a Service and what else their "
              + "GatewayParameters ask for. Needs --service. Without it, proxies are started by hand.")
  private @Nullable String proxyImage;

  @Option(
      names = "--webhook",
      paramLabel = "HOST:PORT|off",
      defaultValue = "off",
      description =
          "Where the API server asks whether an object may be stored (default: ${DEFAULT-VALUE}).")
  private String webhook = "";

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    InetSocketAddress xdsAddress = address("--xds", xds);
    ControllerOptions options =
        new ControllerOptions(
            kubeconfig,
            context,
            namespace,
            identity(),
            noLeaderElection ? null : new Election(leaseName, timing(), name()),
            hostPool,
            admin.equals("off") ? null : address("--admin", admin),
            provisioning(),
            webhook.equals("off") ? null : address("--webhook", webhook));
    PrintWriter err = spec.commandLine().getErr();
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
    boolean files = certificate != null || key != null || authorities != null;
    if (insecureXds) {
      if (files) {
        throw wrong("--insecure-xds does not go together with --cert, --key and --ca");
      }
      return new XdsSecurity.Plaintext();
    }
    if (!files) {
      return new XdsSecurity.Issued(names(xdsAddress));
    }
    if (certificate == null || key == null || authorities == null) {
      throw wrong("--cert, --key and --ca go together");
    }
    return new XdsSecurity.Files(certificate, key, authorities);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private Leadership.Timing timing() {
    try {
      return new Leadership.Timing(
          Duration.ofSeconds(leaseSeconds),
          Duration.ofSeconds(renewSeconds),
          Duration.ofSeconds(retrySeconds));
    } catch (IllegalArgumentException e) {
      throw wrong("--lease-seconds, --renew-seconds and --retry-seconds: " + e.getMessage());
    }
  }

  private @Nullable Provisioning provisioning() {
    if (proxyImage == null) {
      return null;
    }
    if (services.isEmpty()) {
      throw wrong("--proxy-image needs --service: the proxies have to reach the controllers");
    }
    String controller = services.getFirst();
    return new Provisioning(
        controller.matches(".*:\\d+") ? controller : controller + ":" + XDS_PORT, proxyImage);
  }

  /** What nobody else has, even if two processes were given one name. */
  private String identity() {
    String given = name();
    String random = UUID.randomUUID().toString().substring(0, 8);
    return (given == null ? "weir" : given) + "-" + random;
  }

  private @Nullable String name() {
    String given = name == null ? System.getenv("HOSTNAME") : name;
    return given == null || given.isEmpty() ? null : given;
  }

  private List<String> names(InetSocketAddress xdsAddress) {
    List<String> names = new ArrayList<>();
    for (String service : services) {
      names.add(service.replaceAll(":\\d+$", ""));
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

  private InetSocketAddress address(String option, String text) {
    InetSocketAddress address = BindAddress.of(text);
    if (address == null) {
      throw wrong(option + " is HOST:PORT, not " + text);
    }
    return address;
  }
}
