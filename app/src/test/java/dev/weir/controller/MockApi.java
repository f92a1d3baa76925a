package dev.weir.controller;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.crud.AttributeSet;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Headers;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.fabric8.mockwebserver.http.Response;
import io.fabric8.mockwebserver.http.WebSocket;
import io.fabric8.mockwebserver.http.WebSocketListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * fabric8's mock of an API server, and on top what it lacks and real ones have: server-side apply,
 * reviews of tokens, watches that expire. Keeps all requests, so that tests can hold them to what
 * real servers demand.
 */
final class MockApi extends KubernetesCrudDispatcher {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String APPLY = "application/apply-patch+yaml";

  /** Lists that are merged by a key of their entries; all others are replaced. */
  private static final Map<String, String> KEYS = Map.of("conditions", "type", "listeners", "name");

  /** It tells of every request; kept, or its level would be forgotten. */
  private static final Logger MOCK_LOG = Logger.getLogger(MockWebServer.class.getName());

  static {
    MOCK_LOG.setLevel(Level.WARNING);
  }

  /** A request as it came. */
  record Request(String method, String path, String contentType, String body) {
    boolean isWrite() {
      return !method.equals("GET");
    }

    JsonNode json() {
      return JSON.readTree(body);
    }
  }

  private static final Pattern VERSION = Pattern.compile("resourceVersion=(\\d+)");

  private final AtomicLong newest = new AtomicLong();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final Map<String, JsonNode> applied = new HashMap<>();

  private volatile boolean refusesLoopback;

  /** Of each token, whose it is; see {@link #reviewed}. */
  private final Map<String, String> tokens = new ConcurrentHashMap<>();

  /** In nanoseconds, by {@code plural/name}. */
  private final Map<String, Long> changed = new ConcurrentHashMap<>();

  private final Map<String, Long> ready = new ConcurrentHashMap<>();
  private volatile boolean forgetful;
  private final AtomicInteger expired = new AtomicInteger();
  private final AtomicInteger refusals = new AtomicInteger();
  private final AtomicInteger rivals = new AtomicInteger();

  /** Fields of a status that it does not know and drops. */
  private final Set<String> unknown = ConcurrentHashMap.newKeySet();

  private KubernetesMockServer server;
  private final int port;

  MockApi() {
    server = server();
    server.start();
    port = server.getPort();
  }

  private KubernetesMockServer server() {
    return new KubernetesMockServer(
        new Context(), new MockWebServer(), new HashMap<>(), this, false);
  }

  String url() {
    return "http://localhost:" + port;
  }

  List<Request> requests() {
    return List.copyOf(requests);
  }

  void forgetRequests() {
    requests.clear();
  }

  /** Nobody answers any more; what is stored stays. */
  void stop() {
    try {
      server.shutdown();
    } catch (IllegalStateException stuck) {
      // The mock waits for its own writes, and they at times for it; it has let go of its port
      // first.
      if (isOpen()) {
        throw stuck;
      }
    }
  }

  private boolean isOpen() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  /** On the same port again. */
  void startAgain() {
    server = server();
    server.start(InetAddress.getLoopbackAddress(), port);
  }

  /**
   * From now on it has no memory of what was: a watch from an older version than the newest is told
   * that it expired. Without this the mock pretends that nothing was deleted in between.
   */
  void forgetHistory() {
    forgetful = true;
  }

  /** When the last change of the spec of an object went to the watches; 0: it did not. */
  long changedAt(String object) {
    return changed.getOrDefault(object, 0L);
  }

  /**
   * When a status came which says that a route is Ready in the generation it has; 0: it did not.
   */
  long readyAt(String object) {
    return ready.getOrDefault(object, 0L);
  }

  /** How many routes have been Ready since the times were forgotten. */
  int readyRoutes() {
    return ready.size();
  }

  void forgetTimes() {
    changed.clear();
    ready.clear();
  }

  /** How many watches were told that they expired. */
  int expired() {
    return expired.get();
  }

  /** The next writes of status get 503. */
  void refuseStatus(int times) {
    refusals.set(times);
  }

  /** Before each of the next writes of status somebody else writes the object. */
  void rival(int times) {
    rivals.set(times);
  }

  /** Its CRDs are older: statuses have no such field, wherever it stands. */
  void dropFromStatus(String field) {
    unknown.add(field);
  }

  /** From now on it refuses endpoints on loopback, as real servers do. */
  void refuseLoopback() {
    refusesLoopback = true;
  }

  private boolean isRefused(RecordedRequest request, String body) {
    if (!refusesLoopback || body.isEmpty() || !request.getPath().contains("/endpointslices")) {
      return false;
    }
    for (JsonNode endpoint : JSON.readTree(body).path("endpoints")) {
      for (JsonNode address : endpoint.path("addresses")) {
        if (address.asString().startsWith("127.") || address.asString().equals("::1")) {
          return true;
        }
      }
    }
    return false;
  }

  /** A token of {@code user}, made for {@code audience}. */
  void token(String token, String user, String audience) {
    tokens.put(token, user + " " + audience);
  }

  @Override
  public MockResponse dispatch(RecordedRequest request) {
    String type = request.getHeader("Content-Type");
    String text = request.getUtf8Body();
    String body = text == null ? "" : text;
    requests.add(
        new Request(request.getMethod(), request.getPath(), type == null ? "" : type, body));
    if (request.getPath().equals("/version")) {
      return new MockResponse().setResponseCode(200).setBody("{\"major\":\"1\",\"minor\":\"36\"}");
    }
    if (request.getPath().endsWith("/tokenreviews")) {
      return reviewed(JSON.readTree(body));
    }
    if (isRefused(request, body)) {
      return new MockResponse()
          .setResponseCode(422)
          .setBody(
              """
              {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Invalid","code":422,
               "message":"endpoints[0].addresses[0]: may not be in the loopback range"}\
              """);
    }
    // A body can be read once.
    return super.dispatch(
        new RecordedRequest(
            "HTTP/1.1", request.method(), request.getPath(), request.getHeaders(), buffer(body)));
  }

  private static Buffer buffer(String text) {
    return new Buffer(text.getBytes(StandardCharsets.UTF_8));
  }

  private MockResponse reviewed(JsonNode review) {
    ObjectNode answer = review.deepCopy().asObject();
    String[] known =
        tokens.getOrDefault(review.path("spec").path("token").asString(), "").split(" ");
    ObjectNode status = answer.putObject("status");
    boolean meant =
        known.length == 2
            && review.path("spec").path("audiences").toString().contains('"' + known[1] + '"');
    status.put("authenticated", meant);
    if (meant) {
      status.putObject("user").put("username", known[0]);
      status.putArray("audiences").add(known[1]);
    }
    return new MockResponse().setResponseCode(201).setBody(answer.toString());
  }

  @Override
  public MockResponse handleWatch(String path) {
    if (forgetful && isOld(path)) {
      expired.incrementAndGet();
      return new MockResponse()
          .withWebSocketUpgrade(
              new WebSocketListener() {
                @Override
                public void onOpen(WebSocket socket, Response response) {
                  socket.send(
                      """
                      {"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure",\
                      "message":"too old resource version","reason":"Expired","code":410}}\
                      """);
                  socket.close(1000, "");
                }
              });
    }
    return super.handleWatch(path);
  }

  private boolean isOld(String path) {
    Matcher version = VERSION.matcher(path);
    return version.find() && Long.parseLong(version.group(1)) < newest.get();
  }

  @Override
  public long requestResourceVersion() {
    long version = super.requestResourceVersion();
    newest.accumulateAndGet(version, Math::max);
    return version;
  }

  @Override
  public MockResponse handleDelete(String path) {
    // A deletion is a change as well.
    requestResourceVersion();
    return super.handleDelete(path);
  }

  @Override
  public synchronized MockResponse handlePatch(RecordedRequest request) {
    String type = request.getHeader("Content-Type");
    if (type == null || !type.startsWith(APPLY)) {
      return super.handlePatch(request);
    }
    String path = request.getPath().replaceAll("\\?.*", "");
    JsonNode body = JSON.readTree(request.getUtf8Body());
    if (!request.getPath().contains("fieldManager=")) {
      return failure(422, "fieldManager is required for apply patch");
    }
    return path.endsWith("/status")
        ? applyStatus(path.substring(0, path.length() - "/status".length()), body)
        : apply(path, body);
  }

  private static MockResponse failure(int code, String message) {
    ObjectNode status = JSON.createObjectNode();
    status.put("kind", "Status").put("apiVersion", "v1").put("status", "Failure");
    status.put("message", message).put("code", code);
    return new MockResponse().setResponseCode(code).setBody(status.toString());
  }

  private MockResponse applyStatus(String path, JsonNode body) {
    if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      return failure(503, "not now");
    }
    Map.Entry<AttributeSet, String> found = findResource(getKey(path));
    if (found == null) {
      return failure(404, "not found");
    }
    JsonNode current = JSON.readTree(found.getValue());
    if (rivals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      ObjectNode touched = JSON.createObjectNode();
      touched.putObject("metadata").putObject("annotations").put("rival", "" + rivals.get());
      store(path, found, current, touched, null);
      return failure(409, "the object has been modified");
    }
    if (!sameVersion(current, body)) {
      return failure(409, "the object has been modified");
    }
    unknown.forEach(field -> drop(field, body.path("status")));
    if (isReady(current, body)) {
      ready.put(name(path), System.nanoTime());
    }
    // Whatever else the body says: on this path only the status changes.
    return store(path, found, current, body, "status");
  }

  private static void drop(String field, JsonNode from) {
    if (from instanceof ObjectNode object) {
      object.remove(field);
    }
    from.forEach(each -> drop(field, each));
  }

  private static String name(String path) {
    int slash = path.lastIndexOf('/');
    return path.substring(path.lastIndexOf('/', slash - 1) + 1);
  }

  private static boolean isReady(JsonNode current, JsonNode body) {
    JsonNode generation = current.path("metadata").path("generation");
    for (JsonNode each : body.path("status").path("parents").path(0).path("conditions")) {
      if (each.path("type").asString().equals("Ready")) {
        return each.path("status").asString().equals("True")
            && each.path("observedGeneration").asLong() == generation.asLong();
      }
    }
    return false;
  }

  @Override
  public void processEvent(
      String path,
      @Nullable AttributeSet attributes,
      @Nullable AttributeSet before,
      @Nullable GenericKubernetesResource object,
      @Nullable String state) {
    changed.put(name(path), System.nanoTime());
    super.processEvent(path, attributes, before, object, state);
  }

  private MockResponse apply(String path, JsonNode body) {
    Map.Entry<AttributeSet, String> found = findResource(getKey(path));
    if (found == null) {
      ((ObjectNode) body).remove("status");
      applied.put(path, body);
      String text = body.toString();
      return super.handleCreate(
          new RecordedRequest(
              "HTTP/1.1",
              HttpMethod.POST,
              path.substring(0, path.lastIndexOf('/')),
              Headers.builder().build(),
              buffer(text)));
    }
    JsonNode current = JSON.readTree(found.getValue());
    if (!sameVersion(current, body)) {
      return failure(409, "the object has been modified");
    }
    return store(path, found, current, body, null);
  }

  private static boolean sameVersion(JsonNode current, JsonNode body) {
    String version = body.path("metadata").path("resourceVersion").asString("");
    return version.isEmpty()
        || version.equals(current.path("metadata").path("resourceVersion").asString(""));
  }

  private MockResponse store(
      String path,
      Map.Entry<AttributeSet, String> found,
      JsonNode current,
      JsonNode body,
      @Nullable String part) {
    String owner = part == null ? path : path + "/" + part;
    JsonNode before = applied.getOrDefault(owner, JSON.createObjectNode());
    ObjectNode next = current.deepCopy().asObject();
    if (part == null) {
      ObjectNode wanted = body.deepCopy().asObject();
      wanted.remove("status");
      merge(next, before, wanted);
      touchGeneration(current, next);
      applied.put(owner, wanted);
    } else {
      JsonNode there = next.path(part);
      ObjectNode status = there.isObject() ? there.deepCopy().asObject() : JSON.createObjectNode();
      merge(status, before, body.path(part));
      next.set(part, status);
      applied.put(owner, body.path(part));
    }
    if (next.equals(current)) {
      return new MockResponse().setResponseCode(200).setBody(found.getValue());
    }
    ((ObjectNode) next.get("metadata"))
        .put("resourceVersion", String.valueOf(requestResourceVersion()));
    String text = next.toString();
    var object = Serialization.unmarshal(text, GenericKubernetesResource.class);
    if (part == null) {
      processEvent(path, getKey(path), found.getKey(), object, text);
    } else {
      super.processEvent(path, getKey(path), found.getKey(), object, text);
    }
    return new MockResponse().setResponseCode(200).setBody(text);
  }

  /** What an apply does to {@code target}: fields given up go, those given come. */
  private static void merge(ObjectNode target, JsonNode before, JsonNode wanted) {
    for (String gone : new ArrayList<>(before.propertyNames())) {
      if (!wanted.has(gone)) {
        target.remove(gone);
      }
    }
    for (Map.Entry<String, JsonNode> field : wanted.properties()) {
      String name = field.getKey();
      JsonNode there = target.path(name);
      if (field.getValue().isObject() && there.isObject()) {
        merge((ObjectNode) there, before.path(name), field.getValue());
      } else if (field.getValue().isArray() && there.isArray() && KEYS.containsKey(name)) {
        target.set(name, mergeByKey(there, before.path(name), field.getValue(), KEYS.get(name)));
      } else {
        target.set(name, field.getValue().deepCopy());
      }
    }
  }

  private static ArrayNode mergeByKey(
      JsonNode there, JsonNode before, JsonNode wanted, String key) {
    ArrayNode merged = JSON.createArrayNode();
    List<JsonNode> left = new ArrayList<>();
    wanted.forEach(left::add);
    for (JsonNode entry : there) {
      JsonNode mine = find(wanted, key, entry);
      if (mine != null) {
        ObjectNode both = entry.deepCopy().asObject();
        JsonNode old = find(before, key, entry);
        merge(both, old == null ? JSON.createObjectNode() : old, mine);
        merged.add(both);
        left.remove(mine);
      } else if (find(before, key, entry) == null) {
        merged.add(entry);
      }
    }
    left.forEach(merged::add);
    return merged;
  }

  private static @Nullable JsonNode find(JsonNode list, String key, JsonNode like) {
    for (JsonNode each : list) {
      if (each.path(key).equals(like.path(key))) {
        return each;
      }
    }
    return null;
  }
}
