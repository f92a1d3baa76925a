package dev.weir.conformance;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Takes the step that sends WebSocket frames and waits for their echo, by the JDK's client. */
final class WebSocketStep {
  private final World world;

  WebSocketStep(World world) {
    this.world = world;
  }

  void take(TrafficStep.WebSocketEcho step) throws StepFailure, InterruptedException {
    Eventually.once(
        world.limits().traffic(),
        () -> {
          try {
            return differences(step);
          } catch (ExecutionException | TimeoutException e) {
            throw new IOException(e.toString(), e);
          }
        });
  }

  private List<String> differences(TrafficStep.WebSocketEcho step)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    TrafficStep.WebSocketCall call = step.request();
    String uri =
        "ws://" + world.address(step.to().gateway()) + ":" + step.to().port() + call.path();
    var received = new Received();
    try (HttpClient client = HttpClient.newHttpClient()) {
      WebSocket.Builder builder = client.newWebSocketBuilder().header("Origin", call.origin());
      if (call.subprotocol() != null && !call.subprotocol().isEmpty()) {
        builder.subprotocols(call.subprotocol());
      }
      WebSocket socket =
          builder.buildAsync(URI.create(uri), received).get(seconds(), TimeUnit.SECONDS);
      try {
        return differences(step.frames(), socket, received);
      } finally {
        socket.abort();
      }
    }
  }

  private static List<String> differences(
      List<TrafficStep.Frame> frames, WebSocket socket, Received received)
      throws InterruptedException, ExecutionException, TimeoutException {
    List<String> differences = new ArrayList<>();
    String expected = "";
    for (TrafficStep.Frame frame : frames) {
      TrafficStep.Payload payload = frame.send();
      if (payload != null) {
        expected = send(socket, payload);
      }
      if (frame.expectEcho()) {
        String seen = received.messages.poll(seconds(), TimeUnit.SECONDS);
        if (!expected.equals(seen)) {
          differences.add("expected the echo " + expected + ", seen " + seen);
        }
      }
    }
    return differences;
  }

  private static String send(WebSocket socket, TrafficStep.Payload payload)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (payload.bytes() != null) {
      byte[] bytes = new byte[payload.bytes().size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = payload.bytes().get(i).byteValue();
      }
      socket.sendBinary(ByteBuffer.wrap(bytes), true).get(seconds(), TimeUnit.SECONDS);
      return Arrays.toString(bytes);
    }
    String text = payload.data() == null ? "" : payload.data();
    socket.sendText(text, true).get(seconds(), TimeUnit.SECONDS);
    return text;
  }

  private static long seconds() {
    return Requester.ATTEMPT.toSeconds();
  }

  /** Collects whole messages: text as it is, bytes as a list of numbers. */
  private static final class Received implements WebSocket.Listener {
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();
    private final List<Byte> bytes = new ArrayList<>();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        messages.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      while (data.hasRemaining()) {
        bytes.add(data.get());
      }
      if (last) {
        messages.add(bytes.toString());
        bytes.clear();
      }
      socket.request(1);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      messages.add("error " + error);
    }
  }
}
