package dev.weir.controlplane.decode;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A value of YAML or JSON, and where it stands. */
public sealed interface Tree {
  /** 1-based line, or 0 if it did not come from a file. */
  int line();

  /** What it is, for messages: "a list". */
  String description();

  /** Fields in order of the text; a key may be there twice. */
  record Mapping(List<Entry> entries, int line) implements Tree {
    public Mapping {
      entries = List.copyOf(entries);
    }

    /** The value of the first field of that name, or null. */
    public @Nullable Tree get(String key) {
      for (Entry entry : entries) {
        if (entry.key.equals(key)) {
          return entry.value;
        }
      }
      return null;
    }

    @Override
    public String description() {
      return "a mapping";
    }
  }

  /** A field of a mapping. */
  record Entry(String key, int line, Tree value) {}

  /** A list. */
  record Sequence(List<Tree> items, int line) implements Tree {
    public Sequence {
      items = List.copyOf(items);
    }

    @Override
    public String description() {
      return "a list";
    }
  }

  /** A single value. */
  record Scalar(String text, Sort sort, int line) implements Tree {
    @Override
    public String description() {
      return switch (sort) {
        case STRING -> "a string";
        case INTEGER -> "a number";
        case DECIMAL -> "a decimal number";
        case BOOLEAN -> "true or false";
        case NULL -> "null";
      };
    }
  }

  /** What a scalar is. */
  enum Sort {
    STRING,
    INTEGER,
    DECIMAL,
    BOOLEAN,
    NULL
  }

  /** Whether it is null. */
  default boolean isNull() {
    return this instanceof Scalar scalar && scalar.sort == Sort.NULL;
  }
}
