package dev.weir.proxy.exchange;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import dev.weir.core.filter.Call;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.Sessions;
import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.loop.Deadlines.Deadline;
import dev.weir.proxy.plan.Action;
import dev.weir.proxy.plan.HttpPlan;
import dev.weir.proxy.plan.PathRewrite;
import dev.weir.proxy.plan.RetryPolicy;
import dev.weir.proxy.plan.RoutePlan;
import dev.weir.proxy.stream.DownstreamConnection;
import dev.weir.proxy.stream.DownstreamStream;
import dev.weir.proxy.stream.RequestReceiver;
import dev.weir.proxy.stream.UpstreamStream;
import dev.weir.proxy.upstream.ClusterState;
import dev.weir.proxy.upstream.EndpointState;
import dev.weir.proxy.upstream.Reuse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request from its head to the end of its response: route, filters, action, attempts. Ends
 * exactly once, by {@link #finish}, on whichever path; then it is used for another request.
 *
 * <p>Calls into codecs and filters may lead back here before they return, so after each the state
 * is looked at again.
 */
final class Exchange implements RequestReceiver, FilterChain.Client, ResponseFlow.Source {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
  private static final int NOTHING = -1;

  private final Exchanges worker;
  private final ClientAddress client = new ClientAddress();
  private final Outcome outcome = new Outcome(client);
  private final FilterChain filters = new FilterChain(this);
  private final RequestBuffer buffer = new RequestBuffer();
  private final ResponseFlow response;
  private final Deadline requestDeadline;
  private final Deadline attemptDeadline;
  private final Deadline idleDeadline;

  // Of the request at work; null between two.
  private @Nullable DownstreamStream downstream;
  private @Nullable HttpPlan http;
  private @Nullable RequestHead head;
  private @Nullable RoutePlan route;

  private Action.@Nullable WeightedBackend backend;

  /** Null for none, as for most. */
  private @Nullable Session session;

  private Attempt attempt;

  /** Made when the exchange first tries again, and kept for those that use it later. */
  private @Nullable Retries retries;

  private boolean grpc;

  /** No body follows the head. */
  private boolean headOnly;

  /** The client has sent everything. */
  private boolean requestEnded;

  private @Nullable Fields trailers;

  /** Copies for mirrors; null for none, as for most. */
  private @Nullable Shadows shadows;

  /** The codec is delivering, and will say when it has no more for now. */
  private boolean reading;

  /** How much of the body a filter wants to see before it decides; {@link #NOTHING} for none. */
  private int collecting;

  private boolean paused;
  private boolean tunnel;
  private boolean localReply;
  private boolean over = true;

  Exchange(Exchanges worker) {
    this.worker = worker;
    this.attempt = new Attempt(this);
    this.response = new ResponseFlow(this, filters, worker.date(), outcome);
    this.requestDeadline =
        worker.deadlines().create(() -> timedOut(Reason.REQUEST_TIMEOUT, "request timeout"));
    this.attemptDeadline = worker.deadlines().create(this::attemptTimedOut);
    this.idleDeadline =
        worker.deadlines().create(() -> timedOut(Reason.IDLE_TIMEOUT, "nothing moved"));
  }

  /** Begins with a new request, which comes on {@code stream}. */
  void begin(DownstreamStream stream, HttpPlan plan) {
    downstream = stream;
    http = plan;
    route = null;
    backend = null;
    session = null;
    trailers = null;
    collecting = NOTHING;
    requestEnded = reading = paused = tunnel = localReply = false;
    over = false;
  }

  // --- the request, from the downstream codec
  // ------------------------------------------------------

  @Override
  public void requestHead(RequestHead requestHead, boolean last) {
    HttpPlan plan = http();
    DownstreamStream stream = downstream();
    head = requestHead;
    headOnly = requestEnded = last;
    reading = true;
    grpc = LocalReply.isGrpc(requestHead);
    long now = worker.deadlines().now();
    outcome.begin(plan.name(), stream.connection(), requestHead, now);
    response.begin(stream, grpc);
    idleDeadline.set(plan.options().streamIdleNanos(), now);
    byte[] peer = stream.connection().peerAddress();
    client.resolve(requestHead, peer, plan.options().trustedProxies());
    worker.forwardedHeaders().apply(requestHead, peer, client);
    RoutePlan found = plan.router().route(requestHead);
    if (found == null) {
      filters.begin(NO_FILTERS);
      fail(NO_ROUTE);
      return;
    }
    route = found;
    outcome.route = found.name();
    filters.begin(chooseBackend(found));
    passHead();
  }

  private static final CompiledFilter[] NO_FILTERS = {};
  private static final Failure NO_ROUTE = Failure.local(Reason.NO_ROUTE, "no route matches");

  /**
   * Takes the backend of the client's session or picks one, for a route that forwards, and starts
   * its clock; returns the filters.
   */
  private CompiledFilter[] chooseBackend(RoutePlan found) {
    if (!(found.action() instanceof Action.Forward forward)) {
      return found.filters();
    }
    Session kept = forward.keepsClients() ? Session.of(request(), forward, worker) : null;
    if (kept == null && forward.totalWeight() == 0) {
      return found.filters();
    }
    requestDeadline.set(forward.timeouts().request());
    Action.WeightedBackend chosen =
        kept != null ? kept.backend() : WeightedChoice.among(forward, worker.random());
    session = kept;
    backend = chosen;
    outcome.cluster = chosen.redirect() == null ? chosen.cluster() : null;
    return chosen.filters();
  }

  /** Takes the head through the filters, as far as they let it, and then to the action. */
  private void passHead() {
    follow(filters.requestHead(request(), headOnly));
  }

  private void follow(Step step) {
    switch (step) {
      case Step.Next next -> act();
      case Step.Hold hold -> pauseRequest();
      case Step.Collect collect -> collect(collect.bytes());
      case Step.Reply reply ->
          reply(LocalReply.filter(reply, request(), tellsReason()), reply.reason());
    }
  }

  /** Keeps the body back until a filter has seen that much of it. */
  private void collect(int bytes) {
    collecting = bytes;
    if (!requestEnded) {
      if (request().fields().remove(HeaderName.EXPECT)) {
        ResponseHead goOn = new ResponseHead(new Fields(0));
        goOn.status(100);
        // The gateway's own: unlike a backend's it binds the exchange to no attempt.
        downstream().sendInformational(goOn);
        downstream().flush();
      }
      resumeRequest();
    }
    showCollected();
  }

  private void showCollected() {
    int most = collecting;
    long there = buffer.waitingBytes();
    if (!requestEnded && there <= most) {
      return;
    }
    collecting = NOTHING;
    ByteBuf body = buffer.peek(most);
    Step step;
    try {
      step = filters.requestCollected(body, requestEnded && there <= most);
    } finally {
      body.release();
    }
    if (step instanceof Step.Next) {
      passHead();
    } else {
      follow(step);
    }
  }

  private void act() {
    switch (route().action()) {
      case Action.Forward forward -> forward();
      case Action.Redirect redirect -> redirect(redirect);
      case Action.Respond respond ->
          reply(LocalReply.respond(respond, request(), tellsReason()), respond.reason());
    }
  }

  private void redirect(Action.Redirect redirect) {
    reply(
        LocalReply.redirect(
            redirect.status(), RedirectLocation.of(request(), redirect), request(), tellsReason()),
        Reason.REDIRECT);
  }

  private void forward() {
    Action.WeightedBackend chosen = backend;
    if (chosen == null) {
      fail(Failure.local(Reason.INVALID_BACKEND, "the route's backends have no weight"));
      return;
    }
    if (chosen.redirect() != null) {
      redirect(chosen.redirect());
      return;
    }
    RequestHead request = request();
    PathRewrite path = chosen.change().path();
    if (path != null) {
      request.path(path.rewrite(request));
    }
    byte[] host = chosen.change().host();
    if (host != null) {
      request.authority(host);
    }
    Shadows copies =
        Shadows.of(chosen, forwarding().timeouts().request(), request, headOnly, worker);
    shadows = copies;
    ClusterState cluster = cluster();
    if (cluster != null) {
      long now = worker.deadlines().recent();
      EndpointState kept = ofSession(cluster, now);
      startAttempt(kept != null ? kept : cluster.pick(now), Reuse.IDLE_ALLOWED);
    }
    if (copies != null) {
      copies.start();
      if (!reading) {
        copies.flush();
      }
    }
  }

  /** Where the client is to stay, or null if that is anywhere. */
  private @Nullable EndpointState ofSession(ClusterState cluster, long now) {
    return session == null ? null : session.endpoint(cluster, now);
  }

  /** The cluster of the chosen backend; if the plan does not have it the exchange fails. */
  private @Nullable ClusterState cluster() {
    String name = present(backend).cluster();
    ClusterState cluster = worker.clusters().find(name);
    if (cluster == null) {
      fail(Failure.local(forwarding().missingCluster(), "there is no cluster " + name));
    }
    return cluster;
  }

  /**
   * Tries an endpoint.
   *
   * @param endpoint null if the cluster has none, and the exchange fails
   */
  private void startAttempt(@Nullable EndpointState endpoint, Reuse reuse) {
    if (endpoint == null) {
      String name = present(backend).cluster();
      fail(Failure.local(Reason.NO_HEALTHY_UPSTREAM, "cluster " + name + " has no endpoints"));
      return;
    }
    outcome.attempts++;
    outcome.endpoint = endpoint;
    attemptDeadline.set(forwarding().timeouts().backendRequest());
    if (!headOnly) {
      pauseRequest();
    }
    attempt.start(endpoint, reuse);
  }

  @Override
  public void requestBody(ByteBuf data, boolean last) {
    reading = true;
    outcome.bytesReceived += data.readableBytes();
    requestEnded |= last;
    touch();
    if (collecting != NOTHING) {
      buffer.hold(data);
      showCollected();
    } else if (attempt.stream() != null && buffer.waiting() == 0 && !filters.requestHeld()) {
      passBody(data, last);
    } else if (localReply || (attempt.over() && outcome.attempts > 0 && response.begun())) {
      data.release();
    } else {
      buffer.hold(data);
      pauseRequest();
    }
  }

  @Override
  public void requestTrailers(Fields fields) {
    reading = true;
    requestEnded = true;
    UpstreamStream stream = attempt.stream();
    if (stream != null && buffer.waiting() == 0 && !filters.requestHeld()) {
      sendTrailers(stream, fields);
    } else {
      trailers = Copies.of(fields);
      if (collecting != NOTHING) {
        showCollected();
      }
    }
  }

  @Override
  public void requestReadComplete() {
    reading = false;
    flushRequest();
  }

  @Override
  public void requestAborted(Failure failure) {
    outcome.failed(failure);
    attempt.cancel();
    finish();
  }

  @Override
  public void downstreamWritable() {
    response.downstreamWritable();
  }

  // --- the request, to the upstream codec
  // ----------------------------------------------------------

  /** The stream of the attempt is there: sends what there is of the request. */
  void upstreamReady(Attempt of, UpstreamStream stream) {
    // A connection that is there comes in the call that asked, just after the clock was read.
    of.sentAt(stream.reusedConnection() ? worker.deadlines().recent() : worker.deadlines().now());
    stream.sendHead(request(), headOnly);
    for (int i = 0; i < buffer.kept() && !of.over(); i++) {
      boolean last =
          requestEnded && i == buffer.kept() - 1 && buffer.waiting() == 0 && trailers == null;
      stream.sendBody(buffer.replay(i), last);
    }
    sendWaiting(of, stream);
  }

  /** Sends what waited, trailers too, and lets more come. */
  private void sendWaiting(Attempt to, UpstreamStream stream) {
    ByteBuf data;
    while (!to.over() && !filters.requestHeld() && (data = buffer.next()) != null) {
      passBody(data, requestEnded && buffer.waiting() == 0 && trailers == null);
    }
    if (to.over() || filters.requestHeld()) {
      return;
    }
    Fields last = trailers;
    if (last != null) {
      trailers = null;
      sendTrailers(stream, last);
    }
    if (!reading) {
      flushRequest();
    }
    if (!to.over() && !requestEnded && stream.writable()) {
      resumeRequest();
    }
  }

  private void passBody(ByteBuf data, boolean last) {
    switch (filters.requestBody(data, last)) {
      case Step.Next next -> sendBody(data, last);
      case Step.Hold hold -> {
        buffer.holdAgain(data);
        pauseRequest();
      }
      case Step.Reply reply -> {
        data.release();
        refuse(reply);
      }
      case Step.Collect collect -> throw new IllegalStateException("the head has gone on");
    }
  }

  /** A filter answers instead of the backend. */
  private void refuse(Step.Reply reply) {
    attempt.cancel();
    if (response.headSent()) {
      breakOff(Failure.local(reply.reason(), "a filter refused the request"));
    } else {
      reply(LocalReply.filter(reply, request(), tellsReason()), reply.reason());
    }
  }

  private void sendBody(ByteBuf data, boolean last) {
    UpstreamStream stream = attempt.stream();
    if (stream == null) {
      data.release();
      return;
    }
    if (!response.begun()) {
      buffer.keep(data);
    }
    if (shadows != null) {
      shadows.body(data, last);
    }
    stream.sendBody(data, last);
    if (tunnel && last) {
      stream.flush();
      endTunnel();
    } else if (!last && attempt.stream() != null && !stream.writable()) {
      pauseRequest();
    }
  }

  private void sendTrailers(UpstreamStream stream, Fields fields) {
    buffer.giveUpReplay();
    if (shadows != null) {
      shadows.trailers(fields);
    }
    stream.sendTrailers(fields);
  }

  private void flushRequest() {
    UpstreamStream stream = attempt.stream();
    if (stream != null) {
      stream.flush();
    }
    if (shadows != null) {
      shadows.flush();
    }
  }

  void upstreamWritable() {
    if (!requestEnded && buffer.waiting() == 0 && !filters.requestHeld()) {
      resumeRequest();
    }
  }

  private void pauseRequest() {
    if (!paused) {
      paused = true;
      downstream().pause();
    }
  }

  private void resumeRequest() {
    if (paused) {
      paused = false;
      downstream().resume();
    }
  }

  // --- the response, from the upstream codec
  // -------------------------------------------------------

  void responseInformational(ResponseHead informational) {
    touch();
    // What follows is the answer to what the client has seen: it comes from this attempt.
    buffer.giveUpReplay();
    DownstreamStream stream = downstream();
    stream.sendInformational(informational);
    stream.flush();
  }

  void responseHead(Attempt of, ResponseHead responseHead, boolean last) {
    touch();
    outcome.upstreamNanos = worker.deadlines().recent() - of.sentAt();
    RetryPolicy policy = forwarding().retry();
    if (policy != null && retries(policy, responseHead.status())) {
      retryInsteadOf(of, policy, last);
      return;
    }
    buffer.giveUpReplay();
    if (responseHead.status() == 101) {
      openTunnel();
    }
    if (last) {
      of.complete();
    }
    keepClient(of, responseHead);
    response.head(responseHead, last);
  }

  /** Tells the client where it is to come back to, unless it knows. */
  private void keepClient(Attempt of, ResponseHead responseHead) {
    Action.WeightedBackend chosen = present(backend);
    Sessions sessions = chosen.sessions();
    EndpointState endpoint = of.endpoint();
    if (sessions == null || endpoint == null || (session != null && session.isAt(endpoint))) {
      return;
    }
    if (chosen.weight() == 0) {
      // Of a session whose endpoint failed: the next one is not to begin here.
      return;
    }
    sessions.begin(
        responseHead,
        sessions.ids().of(endpoint.cluster().name(), endpoint.text()),
        connection().secure(),
        epochMillis());
  }

  void responseBody(Attempt of, ByteBuf data, boolean last) {
    if (!last || tunnel) {
      touch();
    } else {
      of.complete();
    }
    response.body(data, last);
  }

  void responseTrailers(Attempt of, Fields fields) {
    of.complete();
    response.trailers(fields);
  }

  void responseReadComplete() {
    if (!over) {
      response.flush();
    }
  }

  private void openTunnel() {
    tunnel = true;
    outcome.tunnelled = true;
    headOnly = requestEnded = false;
    filters.bypassBodies();
    requestDeadline.clear();
    attemptDeadline.clear();
    resumeRequest();
  }

  /** One direction of the tunnel has ended; the exchange ends with the other. */
  private void endTunnel() {
    if (requestEnded && response.complete()) {
      attempt.complete();
      finish();
    }
  }

  // --- other attempts
  // ------------------------------------------------------------------------------

  void attemptFailed(Failure failure) {
    attemptDeadline.clear();
    RetryPolicy policy = forwarding().retry();
    boolean unasked = RetryRule.unasked(failure, outcome.attempts, request());
    boolean asked = policy != null && RetryRule.asked(failure, policy);
    if (session != null && !(unasked && failure.reason() == Reason.UPSTREAM_RESET)) {
      session.fail();
    }
    if (response.begun() || !buffer.replayable() || !(asked || unasked)) {
      fail(failure);
    } else if (policy != null && outcome.attempts > policy.retries()) {
      fail(RetryRule.exhausted(failure, outcome.attempts));
    } else if (unasked || spendRetry()) {
      Retries memory = nextAttempt();
      if (unasked) {
        retryAtOnce(failure, memory);
      } else if (policy != null) {
        memory.pause(BackOff.nanos(policy, outcome.attempts, worker.random()));
      }
    }
  }

  private void attemptTimedOut() {
    attempt.cancel();
    attemptFailed(timeout(Reason.BACKEND_REQUEST_TIMEOUT, "backend request timeout"));
  }

  /** Whether another attempt is to be made instead of passing on this response. */
  private boolean retries(RetryPolicy policy, int status) {
    return policy.on(status) && outcome.attempts <= policy.retries() && buffer.replayable();
  }

  /** Throws a response away, of which the head has come, and tries again. */
  private void retryInsteadOf(Attempt of, RetryPolicy policy, boolean complete) {
    attemptDeadline.clear();
    if (complete) {
      of.complete();
    } else {
      of.discard();
    }
    if (spendRetry()) {
      nextAttempt().pause(BackOff.nanos(policy, outcome.attempts, worker.random()));
    }
  }

  /** Takes a retry that the route asks for from the backend's budget; fails if there is none. */
  private boolean spendRetry() {
    ClusterState cluster = cluster();
    if (cluster == null) {
      return false;
    }
    boolean spent = cluster.spendRetry();
    if (!spent) {
      fail(
          Failure.local(
              Reason.RETRY_BUDGET_SPENT, "cluster " + cluster.name() + " has no retries left"));
    }
    return spent;
  }

  /** Leaves the attempt of now behind. */
  private Retries nextAttempt() {
    Retries memory = retries;
    if (memory == null) {
      memory = retries = new Retries(worker.deadlines(), this::retry);
    }
    memory.after(attempt);
    attempt = new Attempt(this);
    return memory;
  }

  /** Tries again without a pause, unless only an endpoint is left that could not be connected. */
  private void retryAtOnce(Failure failure, Retries memory) {
    ClusterState cluster = cluster();
    if (cluster == null) {
      return;
    }
    EndpointState endpoint = nextEndpoint(cluster, memory);
    RetryPolicy policy = forwarding().retry();
    if (failure.reason() == Reason.UPSTREAM_RESET || !memory.tried().contains(endpoint)) {
      startAttempt(endpoint, Reuse.NO_IDLE);
    } else if (policy == null) {
      fail(failure);
    } else if (spendRetry()) {
      memory.pause(BackOff.nanos(policy, outcome.attempts, worker.random()));
    }
  }

  /** Tries again after a pause. */
  private void retry() {
    Retries memory = present(retries);
    memory.next();
    ClusterState cluster = cluster();
    if (cluster != null) {
      startAttempt(nextEndpoint(cluster, memory), Reuse.IDLE_ALLOWED);
    }
  }

  /** That of the session as long as it has not failed, else preferably one that was not tried. */
  private @Nullable EndpointState nextEndpoint(ClusterState cluster, Retries memory) {
    long now = worker.deadlines().now();
    EndpointState kept = ofSession(cluster, now);
    return kept != null ? kept : cluster.pickOther(memory.tried(), now);
  }

  // --- the valve on the response
  // -----------------------------------------------------------------------

  @Override
  public void pauseResponse() {
    UpstreamStream stream = attempt.stream();
    if (stream != null) {
      stream.pause();
    }
  }

  @Override
  public void resumeResponse() {
    UpstreamStream stream = attempt.stream();
    if (stream != null) {
      stream.resume();
    }
  }

  @Override
  public void responseSent() {
    response.flush();
    if (tunnel) {
      endTunnel();
    } else {
      finish();
    }
  }

  // --- filters that held
  // ---------------------------------------------------------------------------

  @Override
  public void requestResumed() {
    if (over || localReply) {
      return;
    }
    UpstreamStream stream = attempt.stream();
    if (stream != null) {
      sendWaiting(attempt, stream);
    } else if (outcome.attempts == 0) {
      passHead();
    }
  }

  @Override
  public void requestReplied(Step.Reply reply) {
    if (!over && !localReply) {
      refuse(reply);
    }
  }

  @Override
  public void responseResumed() {
    if (!over) {
      response.resume();
    }
  }

  // --- answers of our own
  // --------------------------------------------------------------------------

  private void timedOut(Reason reason, String detail) {
    attempt.cancel();
    fail(timeout(reason, detail));
  }

  private static Failure timeout(Reason reason, String detail) {
    return new Failure(Failure.Origin.LOCAL, reason, Retry.POLICY, detail);
  }

  /** Answers with what went wrong or, where the response has begun, breaks it off. */
  private void fail(Failure failure) {
    if (response.headSent() || localReply) {
      breakOff(failure);
    } else {
      outcome.failed(failure);
      Reason reason = failure.reason();
      reply(LocalReply.failure(reason, request(), tellsReason()), reason);
    }
  }

  private void reply(LocalReply reply, Reason reason) {
    localReply = true;
    outcome.reason = reason;
    response.discard();
    buffer.clear();
    boolean last = reply.body().length == 0;
    response.head(reply.head(), last);
    if (!last) {
      response.body(Unpooled.wrappedBuffer(reply.body()), true);
    }
  }

  private void breakOff(Failure failure) {
    outcome.failed(failure);
    attempt.cancel();
    downstream().reset(failure);
    finish();
  }

  // --- end
  // -----------------------------------------------------------------------------------------

  private void finish() {
    if (over) {
      return;
    }
    over = true;
    requestDeadline.clear();
    attemptDeadline.clear();
    idleDeadline.clear();
    attempt.cancel();
    if (retries != null) {
      retries.end();
    }
    filters.done();
    buffer.clear();
    if (shadows != null) {
      shadows.exchangeOver();
      shadows = null;
    }
    response.end();
    outcome.end(worker.deadlines().now());
    try {
      worker.observer().completed(outcome);
    } catch (RuntimeException bug) {
      LOG.error("The observer of exchanges failed", bug);
    }
    worker.ended();
    outcome.forget();
    downstream = null;
    http = null;
    head = null;
    route = null;
    backend = null;
    session = null;
    trailers = null;
    if (!filters.heldEver()) {
      worker.reuse(this);
    }
  }

  private void touch() {
    idleDeadline.set(http().options().streamIdleNanos(), worker.deadlines().now());
  }

  private boolean tellsReason() {
    return http().options().reasonHeader();
  }

  // --- parts that are there while the exchange is
  // --------------------------------------------------

  @Override
  public RequestHead request() {
    return present(head);
  }

  @Override
  public String clientAddress() {
    return client.text();
  }

  @Override
  public DownstreamConnection connection() {
    return downstream().connection();
  }

  @Override
  public long epochMillis() {
    return worker.date().epochMillis();
  }

  @Override
  public FilterCall call(Call call, Call.Receiver receiver) {
    return new FilterCall(worker, call, receiver);
  }

  private DownstreamStream downstream() {
    return present(downstream);
  }

  private HttpPlan http() {
    return present(http);
  }

  private RoutePlan route() {
    return present(route);
  }

  /** The action of a route that forwards. */
  private Action.Forward forwarding() {
    return (Action.Forward) route().action();
  }

  private static <T> T present(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("the exchange is over");
    }
    return part;
  }
}
