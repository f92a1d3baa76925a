package dev.weir.conformance;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Takes the steps that talk UDP. */
final class DatagramSteps {
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final int MAX_DATAGRAM = 64 * 1024;
  private static final int DNS_ID = 0x5765;

  private final World world;

  DatagramSteps(World world) {
    this.world = world;
  }

  void echo(TrafficStep.UdpEcho step) throws StepFailure, InterruptedException {
    TrafficStep.ExpectedUdp expected = step.expect();
    Eventually.once(
        world.limits().traffic(),
        () -> {
          JsonNode answer = ask(step.to(), step.request().payload(), ANSWER);
          List<String> differences = new ArrayList<>();
          differ(differences, answer, "service", expected.service());
          differ(differences, answer, "namespace", expected.namespace());
          differ(differences, answer, "request", step.request().payload());
          return differences;
        });
  }

  void repeat(TrafficStep.UdpEchoRepeat step) throws StepFailure, InterruptedException {
    String wanted = step.expectEach().deployment() + "-";
    Duration limit = Duration.ofSeconds(step.perRequestTimeoutSeconds());
    Eventually.once(
        Duration.ofSeconds(step.eventuallySeconds()),
        () -> {
          for (int i = 0; i < step.count(); i++) {
            String pod = ask(step.to(), step.request().payload(), limit).path("pod").asString("");
            if (!pod.startsWith(wanted)) {
              String difference = "datagram " + i + ": expected pod " + wanted + "*, seen " + pod;
              if (step.failImmediatelyOnOtherBackend()) {
                throw new StepFailure(difference);
              }
              return List.of(difference);
            }
          }
          return List.of();
        });
  }

  /** The pod that a datagram from a new socket reaches. */
  String pod(TrafficStep.Target to) throws IOException {
    return ask(to, "conformance", ANSWER).path("pod").asString("");
  }

  void query(TrafficStep.DnsQuery step) throws StepFailure, InterruptedException {
    if (!step.transport().equals("udp") || !step.request().type().equals("A")) {
      throw new StepFailure("no known DNS query: " + step);
    }
    byte[] query = query(step.request().name());
    Eventually.once(
        Duration.ofSeconds(step.eventuallySeconds()),
        () -> {
          byte[] answer = exchange(step.to(), query, ANSWER);
          boolean answers =
              answer.length >= 12
                  && (((answer[0] & 0xff) << 8) | (answer[1] & 0xff)) == DNS_ID
                  && (answer[2] & 0x80) != 0;
          return answers ? List.of() : List.of("expected a DNS response, seen something else");
        });
  }

  private static byte[] query(String name) throws StepFailure {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeShort(DNS_ID);
      out.writeShort(0x0100); // recursion desired
      out.writeShort(1);
      out.writeShort(0);
      out.writeInt(0);
      for (String label : name.split("\\.")) {
        out.writeByte(label.length());
        out.write(label.getBytes(StandardCharsets.US_ASCII));
      }
      out.writeByte(0);
      out.writeShort(1); // A
      out.writeShort(1); // IN
    } catch (IOException e) {
      throw new StepFailure("cannot write a query for " + name);
    }
    return bytes.toByteArray();
  }

  private JsonNode ask(TrafficStep.Target to, String payload, Duration limit) throws IOException {
    return Json.MAPPER.readTree(exchange(to, payload.getBytes(StandardCharsets.UTF_8), limit));
  }

  private byte[] exchange(TrafficStep.Target to, byte[] payload, Duration limit)
      throws IOException {
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout((int) limit.toMillis());
      socket.connect(InetAddress.getByName(world.address(to.gateway())), to.port());
      socket.send(new DatagramPacket(payload, payload.length));
      var answer = new DatagramPacket(new byte[MAX_DATAGRAM], MAX_DATAGRAM);
      socket.receive(answer);
      return Arrays.copyOf(answer.getData(), answer.getLength());
    }
  }

  private static void differ(
      List<String> differences, JsonNode answer, String field, @Nullable String wanted) {
    String seen = answer.path(field).asString("");
    if (wanted != null && !wanted.equals(seen)) {
      differences.add(field + ": expected '" + wanted + "', seen '" + seen + "'");
    }
  }
}
