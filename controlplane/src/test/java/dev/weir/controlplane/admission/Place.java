package dev.weir.controlplane.admission;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A place in an object; text is made of it on demand only. */
record Place(@Nullable Place parent, Step step) {
  static final Place ROOT = new Place(null, new Step.Field(""));

  /** The last step to a place. */
  sealed interface Step {
    /** To a field that the schema names. */
    record Field(String name) implements Step {}

    /** To an entry whose key is free. */
    record Key(String key) implements Step {}

    /** To an item of a list. */
    record Item(int index) implements Step {}
  }

  boolean isRoot() {
    return parent == null;
  }

  Place field(String name) {
    return new Place(this, new Step.Field(name));
  }

  Place key(String name) {
    return new Place(this, new Step.Key(name));
  }

  Place item(int index) {
    return new Place(this, new Step.Item(index));
  }

  /** As findings write it. */
  String text() {
    if (parent == null) {
      return "";
    }
    String before = parent.text();
    return switch (step) {
      case Step.Field(String name) -> before.isEmpty() ? name : before + "." + name;
      case Step.Key(String key) -> before + "[" + key + "]";
      case Step.Item(int index) -> before + "[" + index + "]";
    };
  }

  /** The place in the schema: with {@code []} for every item and {@code {}} for every key. */
  String schema() {
    if (parent == null) {
      return "";
    }
    String before = parent.schema();
    return switch (step) {
      case Step.Field(String name) -> before.isEmpty() ? name : before + "." + name;
      case Step.Key key -> before + "{}";
      case Step.Item item -> before + "[]";
    };
  }

  /** A copy of the object with another value there. */
  JsonNode replaced(JsonNode object, JsonNode value) {
    JsonNode copy = object.deepCopy();
    JsonNode holder = holder(copy);
    switch (step) {
      case Step.Field(String name) -> ((ObjectNode) holder).set(name, value.deepCopy());
      case Step.Key(String key) -> ((ObjectNode) holder).set(key, value.deepCopy());
      case Step.Item(int index) -> ((ArrayNode) holder).set(index, value.deepCopy());
    }
    return copy;
  }

  /** A copy of the object without what is there. */
  JsonNode removed(JsonNode object) {
    JsonNode copy = object.deepCopy();
    JsonNode holder = holder(copy);
    switch (step) {
      case Step.Field(String name) -> ((ObjectNode) holder).remove(name);
      case Step.Key(String key) -> ((ObjectNode) holder).remove(key);
      case Step.Item(int index) -> ((ArrayNode) holder).remove(index);
    }
    return copy;
  }

  private JsonNode holder(JsonNode object) {
    return parent == null ? object : parent.in(object);
  }

  private JsonNode in(JsonNode object) {
    if (parent == null) {
      return object;
    }
    JsonNode holder = parent.in(object);
    return switch (step) {
      case Step.Field(String name) -> holder.get(name);
      case Step.Key(String key) -> holder.get(key);
      case Step.Item(int index) -> holder.get(index);
    };
  }

  @Override
  public String toString() {
    return text();
  }
}
