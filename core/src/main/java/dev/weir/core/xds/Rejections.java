package dev.weir.core.xds;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.rpc.Status;
import dev.weir.core.xds.Applied.BindFailure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a proxy of Weir says in a NACK beside the text: which resources of the response it does not
 * use, and which addresses it could not bind. Everything else of the response runs. Travels as a
 * {@code google.protobuf.Struct} in the details of {@code error_detail}.
 */
public record Rejections(Map<ResourceKey, Verdict.Rejected> rejected, List<BindFailure> unbound) {
  /** Nothing is wrong. */
  public static final Rejections NONE = new Rejections(Map.of(), List.of());

  /** {@code INVALID_ARGUMENT} of gRPC. */
  private static final int INVALID_ARGUMENT = 3;

  private static final String REJECTED = "rejected";
  private static final String UNBOUND = "unbound";
  private static final String TYPE = "type";
  private static final String NAME = "name";
  private static final String VERSION = "version";
  private static final String MESSAGE = "message";
  private static final String RUNNING = "running";
  private static final String LISTENER = "listener";
  private static final String ADDRESS = "address";

  public Rejections {
    rejected = Map.copyOf(rejected);
    unbound = List.copyOf(unbound);
  }

  public boolean isEmpty() {
    return rejected.isEmpty() && unbound.isEmpty();
  }

  /** The {@code error_detail} of a NACK. */
  public Status toStatus() {
    List<String> texts = new ArrayList<>();
    ListValue.Builder resources = ListValue.newBuilder();
    rejected.forEach((key, verdict) -> {
      texts.add(verdict.message());
      Struct.Builder fields = Struct.newBuilder();
      put(fields, TYPE, key.type().url());
      put(fields, NAME, key.name());
      put(fields, VERSION, verdict.version());
      put(fields, MESSAGE, verdict.message());
      if (verdict.running() != null) {
        put(fields, RUNNING, verdict.running());
      }
      resources.addValues(Value.newBuilder().setStructValue(fields));
    });
    ListValue.Builder addresses = ListValue.newBuilder();
    for (BindFailure failure : unbound) {
      texts.add("cannot listen on %s: %s".formatted(failure.address(), failure.message()));
      Struct.Builder fields = Struct.newBuilder();
      put(fields, LISTENER, failure.listener());
      put(fields, ADDRESS, failure.address());
      put(fields, MESSAGE, failure.message());
      addresses.addValues(Value.newBuilder().setStructValue(fields));
    }
    Struct details =
        Struct.newBuilder()
            .putFields(REJECTED, Value.newBuilder().setListValue(resources).build())
            .putFields(UNBOUND, Value.newBuilder().setListValue(addresses).build())
            .build();
    return Status.newBuilder()
        .setCode(INVALID_ARGUMENT)
        .setMessage(String.join("; ", texts))
        .addDetails(Any.pack(details))
        .build();
  }

  /** What {@link #toStatus} wrote; null if it comes from a client that does not list them. */
  public static @Nullable Rejections of(Status status) {
    for (Any detail : status.getDetailsList()) {
      if (detail.is(Struct.class)) {
        try {
          return of(detail.unpack(Struct.class));
        } catch (InvalidProtocolBufferException e) {
          return null;
        }
      }
    }
    return null;
  }

  private static Rejections of(Struct details) {
    Map<ResourceKey, Verdict.Rejected> rejected = new HashMap<>();
    for (Struct fields : structs(details, REJECTED)) {
      ResourceType type = ResourceType.ofUrl(text(fields, TYPE));
      if (type != null) {
        rejected.put(
            new ResourceKey(type, text(fields, NAME)),
            new Verdict.Rejected(
                text(fields, VERSION),
                text(fields, MESSAGE),
                fields.containsFields(RUNNING) ? text(fields, RUNNING) : null));
      }
    }
    List<BindFailure> unbound =
        structs(details, UNBOUND).stream()
            .map(fields ->
                new BindFailure(
                    text(fields, LISTENER), text(fields, ADDRESS), text(fields, MESSAGE)))
            .toList();
    return new Rejections(rejected, unbound);
  }

  private static List<Struct> structs(Struct details, String field) {
    return details
        .getFieldsOrDefault(field, Value.getDefaultInstance())
        .getListValue()
        .getValuesList()
        .stream()
        .map(Value::getStructValue)
        .toList();
  }

  private static void put(Struct.Builder fields, String name, String text) {
    fields.putFields(name, Value.newBuilder().setStringValue(text).build());
  }

  private static String text(Struct fields, String name) {
    return fields.getFieldsOrDefault(name, Value.getDefaultInstance()).getStringValue();
  }
}
