package dev.weir.controller;

import dev.weir.addresses.AddressPool;
import dev.weir.addresses.Addresses;
import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.admission.Admission;
import dev.weir.controlplane.admission.Judgement;
import dev.weir.controlplane.deploy.DeploySettings;
import dev.weir.controlplane.deploy.DeployedName;
import dev.weir.controlplane.deploy.Deployments;
import dev.weir.controlplane.kube.ApiConnection;
import dev.weir.controlplane.kube.ClusterWatch;
import dev.weir.controlplane.kube.ClusterWatch.Observed;
import dev.weir.controlplane.kube.EventWriter;
import dev.weir.controlplane.kube.KubernetesTokenReview.ServiceAccount;
import dev.weir.controlplane.kube.Leadership;
import dev.weir.controlplane.kube.ObjectApplier;
import dev.weir.controlplane.kube.StatusWriter;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.resolve.ResolveOptions;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.controlplane.status.Fleet;
import dev.weir.controlplane.status.ObjectStatus;
import dev.weir.controlplane.status.StatusBook;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayAddress;
import dev.weir.core.api.k8s.EndpointSlice;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.Reconnection;
import dev.weir.features.Features;
import dev.weir.proxy.admin.AdminServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A controller: follows an API server, translates, publishes to proxies, and writes what they make
 * of it into the status of the objects. Several may run; one leads: it writes, and all proxies are
 * with it. Methods may be called from any thread.
 */
public final class Controller implements AutoCloseable {
  /**
   * Begins the names of ServiceAccounts of proxies that serve all Gateways of a class. What is made
   * for a Gateway has a name that begins otherwise.
   */
  private static final String OF_CLASS = "gatewayclass-";

  /** How long status waits for proxies that have not answered. */
  private static final Duration ANSWERS = Duration.ofSeconds(1);

  /**
   * How long a controller that was started, or has begun to lead, waits for proxies to come back,
   * before it says that Gateways which were served are not: so that one which had just begun its
   * longest pause comes in time, even if it meets a follower or an address that is dead first.
   */
  static final Duration RETURN = Reconnection.LONGEST_PAUSE.multipliedBy(3);

  /**
   * What the controller knows.
   *
   * @param observed what the API server holds
   * @param addresses what the Gateways got
   * @param translation what it means
   * @param proxies who is connected, and what they run
   * @param statuses what is written, or would be by the leader
   */
  public record State(
      Observed observed,
      AddressAllocation addresses,
      Translation translation,
      List<ProxyState> proxies,
      List<ObjectStatus> statuses) {

    /** Findings of the reader and of the pipeline. */
    public List<Problem> problems() {
      List<Problem> all = new ArrayList<>(observed.problems());
      all.addAll(translation.resolution().report().problems());
      return all;
    }
  }

  private final InstantSource clock = InstantSource.system();
  private final Pipeline pipeline;
  private final Admission admission = new Admission(StandardTypes.ALL, Features.ALL);
  private final StatusBook book = new StatusBook(ResolveOptions.CONTROLLER_NAME);
  private final Addresses addresses;
  private final ApiConnection api;
  private final String namespace;

  /** All work on the state is done on it, in order. */
  private final SerialThread thread = new SerialThread("weir-controller");

  private final AtomicReference<@Nullable Observed> toTranslate = new AtomicReference<>();
  private volatile List<ProxyState> proxies = List.of();
  private final AtomicBoolean answersDue = new AtomicBoolean();
  private final ControllerMetrics metrics = new ControllerMetrics();
  private volatile @Nullable State state;
  private @Nullable Future<?> patience;

  /** The term of leadership in which what the proxies run is known, and so status is written. */
  private volatile long writing = -1;

  /** Gateways whose proxies are to come back; null before it is known which. */
  private @Nullable Set<ObjectRef> awaited;

  private long awaitedUntil;
  private final boolean elected;
  private @Nullable XdsService xds;
  private @Nullable ClusterWatch cluster;
  private @Nullable StatusWriter writer;
  private @Nullable EventWriter events;
  private volatile @Nullable Leadership leadership;
  private @Nullable AdminServer admin;
  private @Nullable Provisioner provisioner;
  private @Nullable DeploySettings deploySettings;
  private @Nullable Webhook webhook;
  private volatile @Nullable WebhookRehearsal rehearsal;
  private @Nullable WebhookTrust webhookTrust;

  private Controller(ControllerOptions options) throws IOException {
    this.addresses =
        new Addresses(options.hostPool() == null ? null : AddressPool.of(options.hostPool()));
    this.pipeline =
        new Pipeline(
            Features.ALL, options.provisioning() == null ? Set.of() : ResolveOptions.PROVISIONING);
    this.api = ApiConnection.open(options.kubeconfig(), options.context());
    this.namespace = options.namespace();
    this.elected = options.election() != null;
  }

  /**
   * Starts a controller. Proxies get something once all objects have been read.
   *
   * @param xds where proxies connect
   * @throws IOException if the kubeconfig or a certificate cannot be read, an address cannot be
   *     bound, or the authority cannot be had from the API server
   * @throws IllegalArgumentException if an option makes no sense
   */
  public static Controller start(
      ControllerOptions options, InetSocketAddress xds, XdsSecurity security) throws IOException {
    return start(options, AdsXds.at(xds, options.namespace(), security));
  }

  static Controller start(ControllerOptions options, XdsService.Launcher launcher)
      throws IOException {
    Controller controller = new Controller(options);
    try {
      // Whatever comes in meanwhile waits until all is there that it needs.
      controller.thread.submit(() -> controller.begin(options, launcher)).get();
      return controller;
    } catch (ExecutionException e) {
      controller.close();
      switch (e.getCause()) {
        case IOException io -> throw io;
        case RuntimeException failure -> throw failure;
        case null, default -> throw new IllegalStateException(e);
      }
    } catch (InterruptedException e) {
      controller.close();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while starting", e);
    }
  }

  private @Nullable Void begin(ControllerOptions options, XdsService.Launcher launcher)
      throws IOException {
    XdsService serving = launcher.start(api, this::serves, this::elsewhere, this::answered);
    xds = serving;
    ControllerOptions.Provisioning provisioning = options.provisioning();
    if (provisioning != null) {
      deploySettings =
          new DeploySettings(
              provisioning.controller(),
              provisioning.image(),
              secured(serving, "--proxy-image").ofProxies());
      provisioner = new Provisioner(new ObjectApplier(api), this::leads);
    }
    if (options.webhook() != null) {
      XdsService.Tls tls = secured(serving, "--webhook");
      webhook = Webhook.start(options.webhook(), tls.identity(), this::judge);
      rehearsal = new WebhookRehearsal(tls, this::judge);
      webhookTrust = new WebhookTrust(api, tls.authorities(), this::leads);
    }
    ClusterWatch watch = ClusterWatch.start(api, StandardTypes.ALL, this::observed);
    cluster = watch;
    StatusWriter status =
        new StatusWriter(api, watch, ResolveOptions.CONTROLLER_NAME, this::writesStatus);
    writer = status;
    EventWriter told = new EventWriter(api, watch, options.identity(), this::leads, clock);
    events = told;
    ControllerOptions.Election election = options.election();
    if (election != null) {
      leadership =
          Leadership.run(
              api,
              new Leadership.Candidacy(
                  options.namespace(),
                  election.lease(),
                  options.identity(),
                  election.controller(),
                  election.timing()),
              () -> thread.run(this::won),
              serving::sendAway);
    }
    metrics.register(api, watch, status, told, this);
    if (options.admin() != null) {
      try {
        admin = AdminServer.start(options.admin(), ControllerPages.of(this, metrics));
      } catch (IOException e) {
        throw new IOException(
            "admin endpoint at %s: %s".formatted(options.admin(), e.getMessage()), e);
      }
    }
    return null;
  }

  private static XdsService.Tls secured(XdsService xds, String option) {
    XdsService.Tls tls = xds.tls();
    if (tls == null) {
      throw new IllegalArgumentException(option + " needs TLS: leave out --insecure-xds");
    }
    return tls;
  }

  /** What is to be said of an object, as JSON; null while nothing is known. On any thread. */
  private @Nullable Judgement judge(String object) {
    State now = state;
    return now == null ? null : admission.judge(object, now.observed().state(), now.addresses());
  }

  /** Where the API server asks; null if it does not. */
  @Nullable InetSocketAddress webhookAddress() {
    Webhook running = webhook;
    return running == null ? null : running.address();
  }

  /**
   * What the proxies of a ServiceAccount serve: the Gateway that it was made for, or a class in
   * host mode, for which somebody made it beside the controller.
   *
   * @throws UncheckedIOException if not all objects have been read yet
   */
  @Nullable String serves(ServiceAccount account) {
    if (account.namespace().equals(namespace) && account.name().startsWith(OF_CLASS)) {
      return "GatewayClass/" + account.name().substring(OF_CLASS.length());
    }
    State now = state;
    if (now == null) {
      throw new UncheckedIOException(new IOException("not all objects have been read yet"));
    }
    for (KubeObject<Gateway> gateway : now.observed().state().objects(Gateway.TYPE)) {
      if (gateway.ref().namespace().equals(account.namespace())
          && DeployedName.of(gateway.ref().name()).equals(account.name())) {
        return gateway.ref().toString();
      }
    }
    return null;
  }

  /** Whether this controller is the one that writes. */
  public boolean leads() {
    Leadership running = leadership;
    return running == null ? !elected : running.held();
  }

  private boolean writesStatus() {
    return leads() && writing == term();
  }

  private long term() {
    Leadership running = leadership;
    return running == null ? 0 : running.term();
  }

  /** Why proxies have to ask another controller, e.g. {@code weir-1 leads}; null: they need not. */
  public @Nullable String elsewhere() {
    Leadership running = leadership;
    if (running == null) {
      return elected ? "it is not known yet who leads" : null;
    }
    return running.elsewhere();
  }

  /** What is known now; null until all objects have been read. */
  public @Nullable State state() {
    return state;
  }

  /** Whether the webhook answers as quickly as it can; also if there is none. */
  public boolean answersQuickly() {
    WebhookRehearsal rehearsing = rehearsal;
    return rehearsing == null || rehearsing.isOver();
  }

  /** Where proxies connect. */
  public InetSocketAddress xdsAddress() {
    XdsService serving = xds;
    if (serving == null) {
      throw new IllegalStateException("not started");
    }
    return serving.address();
  }

  /** Where the admin endpoint listens, or null if there is none. */
  public @Nullable InetSocketAddress adminAddress() {
    AdminServer server = admin;
    return server == null ? null : server.address();
  }

  // On the thread of the watch.
  private void observed(Observed observed) {
    if (toTranslate.getAndSet(observed) == null) {
      thread.run(this::translate);
    }
  }

  // On a thread of the xDS service.
  private void answered(List<ProxyState> connected) {
    proxies = connected;
    if (answersDue.compareAndSet(false, true)) {
      thread.run(() -> {
        answersDue.set(false);
        reviewStatus();
      });
    }
  }

  private void translate() {
    Observed observed = toTranslate.getAndSet(null);
    XdsService serving = xds;
    if (observed == null || serving == null) {
      return;
    }
    long began = System.nanoTime();
    State before = state;
    Translation translation;
    AddressAllocation given;
    if (before != null
        && before.observed().reached().equals(observed.reached())
        && observed.state().equalsBut(Set.of(EndpointSlice.TYPE), before.observed().state())) {
      given = before.addresses();
      translation = pipeline.updateEndpoints(before.translation(), observed.state());
    } else {
      given = allocate(observed);
      translation = pipeline.translate(observed.state(), given);
      provision(observed.state(), translation);
    }
    state =
        new State(
            observed, given, translation, proxies, before == null ? List.of() : before.statuses());
    serving.publish(translation.gateways(), classes(observed.state(), translation));
    WebhookRehearsal rehearsing = rehearsal;
    if (rehearsing != null) {
      rehearsing.among(observed.state());
    }
    metrics.translated(System.nanoTime() - began);
    reviewStatus();
  }

  private AddressAllocation allocate(Observed observed) {
    ClusterWatch watch = cluster;
    AddressAllocation given =
        addresses.allocate(observed.state(), watch == null ? Map.of() : watch.addressesInStatus());
    Map<ObjectRef, List<GatewayAddress>> deployed =
        Deployments.addresses(observed.state(), observed.reached());
    if (provisioner == null) {
      // Somebody else may have applied what it would make.
      deployed.keySet().removeIf(gateway -> !Deployments.isThere(observed.state(), gateway));
    }
    return new AddressAllocation(given.assigned(), deployed, given.everywhere());
  }

  private void provision(ClusterState objects, Translation translation) {
    Provisioner running = provisioner;
    DeploySettings settings = deploySettings;
    if (running != null && settings != null) {
      running.want(Deployments.of(objects, translation.resolution().topology(), settings));
    }
  }

  private static Map<String, Set<ObjectRef>> classes(
      ClusterState objects, Translation translation) {
    Map<String, Set<ObjectRef>> classes = new HashMap<>();
    for (KubeObject<Gateway> gateway : objects.objects(Gateway.TYPE)) {
      if (translation.gateways().containsKey(gateway.ref())) {
        classes
            .computeIfAbsent(gateway.spec().gatewayClassName(), name -> new HashSet<>())
            .add(gateway.ref());
      }
    }
    return classes;
  }

  /** Writes status if all proxies have answered, else a little later. */
  private void reviewStatus() {
    State now = state;
    if (now == null) {
      return;
    }
    Fleet fleet = new Fleet(now.translation().gateways(), proxies);
    if (awaitsReturn(now)) {
      return;
    }
    if (fleet.settled()) {
      writeStatus(now, fleet);
    } else if (patience == null) {
      patience = thread.later(ANSWERS, this::writeWhatIsKnown);
    }
  }

  /** Whether proxies of the controller that served before this one may still come. */
  private boolean awaitsReturn(State now) {
    ClusterWatch watch = cluster;
    if (watch == null || !leads()) {
      return false;
    }
    Set<ObjectRef> missing = awaited;
    if (missing == null) {
      missing = new HashSet<>(watch.programmedInStatus());
      awaited = missing;
      awaitedUntil = System.nanoTime() + RETURN.toNanos();
      thread.later(RETURN.plusMillis(1), this::reviewStatus);
    }
    if (missing.isEmpty()) {
      return false;
    }
    if (System.nanoTime() - awaitedUntil >= 0) {
      missing.clear();
      return false;
    }
    missing.retainAll(now.translation().gateways().keySet());
    for (ProxyState proxy : proxies) {
      missing.removeAll(proxy.gateways());
    }
    return !missing.isEmpty();
  }

  private void writeWhatIsKnown() {
    patience = null;
    State now = state;
    if (now != null && !awaitsReturn(now)) {
      writeStatus(now, new Fleet(now.translation().gateways(), proxies));
    }
  }

  private void writeStatus(State now, Fleet fleet) {
    if (patience != null) {
      patience.cancel(false);
      patience = null;
    }
    List<ObjectStatus> statuses =
        book.write(now.translation().resolution().report(), fleet, clock.instant());
    State next =
        new State(now.observed(), now.addresses(), now.translation(), fleet.proxies(), statuses);
    state = next;
    StatusWriter status = writer;
    if (status != null && leads()) {
      boolean first = writing != term();
      writing = term();
      status.want(statuses);
      if (first) {
        status.lead();
      }
    }
    EventWriter told = events;
    if (told != null) {
      told.tell(next.problems());
    }
  }

  /** Leadership has been won. Status follows when the proxies have come. */
  private void won() {
    EventWriter told = events;
    State now = state;
    awaited = null;
    reviewStatus();
    if (provisioner != null) {
      provisioner.lead();
    }
    if (webhookTrust != null) {
      webhookTrust.lead();
    }
    if (told != null && now != null) {
      told.tell(now.problems());
    }
  }

  /** Stops: writes no more, gives the Lease back, and ends all streams. */
  @Override
  public void close() {
    thread.close();
    if (admin != null) {
      admin.close();
    }
    if (writer != null) {
      writer.close();
    }
    if (events != null) {
      events.close();
    }
    if (provisioner != null) {
      provisioner.close();
    }
    if (webhookTrust != null) {
      webhookTrust.close();
    }
    WebhookRehearsal rehearsing = rehearsal;
    if (rehearsing != null) {
      rehearsing.close();
    }
    if (webhook != null) {
      webhook.close();
    }
    if (leadership != null) {
      leadership.close();
    }
    if (cluster != null) {
      cluster.close();
    }
    if (xds != null) {
      xds.close();
    }
    api.close();
  }
}
