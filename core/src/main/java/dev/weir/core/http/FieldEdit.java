package dev.weir.core.http;

/** One change of a field section, prepared as bytes. */
@SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
public sealed interface FieldEdit {
  void apply(Fields fields);

  /** Adds a further field. */
  record Add(HeaderName name, byte[] value) implements FieldEdit {
    @Override
    public void apply(Fields fields) {
      fields.add(name, value);
    }
  }

  /** Adds the field unless there is one of that name. */
  record AddIfAbsent(HeaderName name, byte[] value) implements FieldEdit {
    @Override
    public void apply(Fields fields) {
      if (!fields.contains(name)) {
        fields.add(name, value);
      }
    }
  }

  /** Leaves one field of that name, with that value. */
  record Set(HeaderName name, byte[] value) implements FieldEdit {
    @Override
    public void apply(Fields fields) {
      fields.set(name, value);
    }
  }

  /** As {@link Set} if there is a field of that name, else nothing. */
  record SetIfPresent(HeaderName name, byte[] value) implements FieldEdit {
    @Override
    public void apply(Fields fields) {
      if (fields.remove(name)) {
        fields.add(name, value);
      }
    }
  }

  /** Removes all fields of that name. */
  record Remove(HeaderName name) implements FieldEdit {
    @Override
    public void apply(Fields fields) {
      fields.remove(name);
    }
  }
}
