package dev.weir.core.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a message head or of a trailer section: one byte array that holds them in HTTP/1
 * wire form ({@code name: value CRLF}), and a table of offsets into it.
 *
 * <p>Fields come from a scanner (HTTP/1), from HPACK (HTTP/2) or from filters; all are kept in the
 * same form, so that writing to HTTP/1 copies whole runs of lines and no String, map or object is
 * made per field. Removed fields stay in the array and are skipped. An instance is reused for many
 * messages with {@link #clear()}; it belongs to one event loop.
 *
 * <p>Indexes run over all slots in order of arrival; {@link #isLive(int)} tells which still count.
 */
public final class Fields {
  private static final int STRIDE = 5;
  private static final int NAME_START = 0;
  private static final int NAME_END = 1;
  private static final int VALUE_START = 2;
  private static final int VALUE_END = 3;
  private static final int ID = 4;
  private static final int REMOVED = -1;

  private byte[] bytes;
  private int length;
  private int[] slots = new int[16 * STRIDE];
  private int count;
  private boolean edited;

  /** Fields with room for {@code capacity} bytes before the first growth. */
  public Fields(int capacity) {
    this.bytes = new byte[capacity];
  }

  // --- filling ---------------------------------------------------------------------------------

  /** Forgets all fields and all bytes; keeps the memory. */
  public void clear() {
    length = 0;
    count = 0;
    edited = false;
  }

  /** The array that holds everything; changes its identity when it grows. */
  public byte[] bytes() {
    return bytes;
  }

  /** How many bytes of {@link #bytes()} are in use. */
  public int length() {
    return length;
  }

  /** Makes room for {@code more} bytes after {@link #length()} and returns the array. */
  public byte[] ensureWritable(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
    return bytes;
  }

  /** Declares {@code more} bytes, written after {@link #length()} by the caller, as used. */
  public void advance(int more) {
    length += more;
  }

  /** Gives back the bytes from {@code newLength} on, which no field points to. */
  public void truncate(int newLength) {
    length = newLength;
  }

  /**
   * Adds a field whose line a scanner found in {@link #bytes()}: the line starts at {@code
   * nameStart} and ends with CRLF; the value has no white space around it.
   */
  public void addScanned(int nameStart, int nameEnd, int valueStart, int valueEnd, int id) {
    int base = count * STRIDE;
    if (base == slots.length) {
      slots = Arrays.copyOf(slots, slots.length * 2);
    }
    int[] s = slots;
    s[base + NAME_START] = nameStart;
    s[base + NAME_END] = nameEnd;
    s[base + VALUE_START] = valueStart;
    s[base + VALUE_END] = valueEnd;
    s[base + ID] = id;
    count++;
  }

  /** Adds a field from raw bytes that the caller has validated; its line is appended. */
  public void add(byte[] name, int nameOffset, int nameLength, byte[] value, int offset, int len) {
    byte[] to = ensureWritable(nameLength + len + 4);
    int at = length;
    System.arraycopy(name, nameOffset, to, at, nameLength);
    finishLine(to, at, nameLength, value, offset, len, HeaderName.idOf(to, at, at + nameLength));
  }

  /** Adds a field; {@code value} must hold only field-value characters. */
  public void add(HeaderName name, byte[] value) {
    byte[] to = ensureWritable(name.length() + value.length + 4);
    int at = length;
    name.copyTo(to, at);
    finishLine(to, at, name.length(), value, 0, value.length, name.id());
  }

  /** Adds a field; {@code value} must hold only ISO 8859-1 field-value characters. */
  public void add(HeaderName name, String value) {
    add(name, value.getBytes(StandardCharsets.ISO_8859_1));
  }

  private void finishLine(
      byte[] to, int at, int nameLength, byte[] value, int offset, int len, int id) {
    int nameEnd = at + nameLength;
    to[nameEnd] = ':';
    to[nameEnd + 1] = ' ';
    int valueStart = nameEnd + 2;
    System.arraycopy(value, offset, to, valueStart, len);
    int valueEnd = valueStart + len;
    to[valueEnd] = '\r';
    to[valueEnd + 1] = '\n';
    length = valueEnd + 2;
    edited = true;
    addScanned(at, nameEnd, valueStart, valueEnd, id);
  }

  // --- editing ---------------------------------------------------------------------------------

  /** Removes the field in slot {@code index}. */
  public void remove(int index) {
    slots[index * STRIDE + ID] = REMOVED;
    edited = true;
  }

  /** Removes all fields of that name and tells whether there were any. */
  public boolean remove(HeaderName name) {
    boolean found = false;
    for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 1)) {
      remove(i);
      found = true;
    }
    return found;
  }

  /** Leaves exactly one field of that name, with {@code value}. */
  public void set(HeaderName name, byte[] value) {
    remove(name);
    add(name, value);
  }

  /** Leaves exactly one field of that name, with {@code value}. */
  public void set(HeaderName name, String value) {
    set(name, value.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Whether anything was added by value or removed since {@link #clear()}. */
  public boolean edited() {
    return edited;
  }

  // --- reading ---------------------------------------------------------------------------------

  /** Number of slots, removed ones included. */
  public int slots() {
    return count;
  }

  /** Number of fields that still count. */
  public int size() {
    int live = 0;
    for (int i = 0; i < count; i++) {
      if (isLive(i)) {
        live++;
      }
    }
    return live;
  }

  /** Whether the field in slot {@code index} was not removed. */
  public boolean isLive(int index) {
    return slots[index * STRIDE + ID] != REMOVED;
  }

  /** First live slot at or after {@code from} with that name, or -1. */
  public int indexOf(HeaderName name, int from) {
    int id = name.id();
    int[] s = slots;
    for (int i = from; i < count; i++) {
      int base = i * STRIDE;
      if (s[base + ID] == id
          && (id != HeaderName.OTHER || name.matches(bytes, s[base], s[base + NAME_END]))) {
        return i;
      }
    }
    return -1;
  }

  /** First live slot with that name, or -1. */
  public int indexOf(HeaderName name) {
    return indexOf(name, 0);
  }

  /** Whether a field of that name is present. */
  public boolean contains(HeaderName name) {
    return indexOf(name, 0) >= 0;
  }

  /** {@link HeaderName#id()} of the live field in slot {@code index}. */
  public int id(int index) {
    return slots[index * STRIDE + ID];
  }

  public int nameStart(int index) {
    return slots[index * STRIDE + NAME_START];
  }

  public int nameEnd(int index) {
    return slots[index * STRIDE + NAME_END];
  }

  public int valueStart(int index) {
    return slots[index * STRIDE + VALUE_START];
  }

  public int valueEnd(int index) {
    return slots[index * STRIDE + VALUE_END];
  }

  /** The name as sent; allocates. */
  public String name(int index) {
    int start = nameStart(index);
    return new String(bytes, start, nameEnd(index) - start, StandardCharsets.ISO_8859_1);
  }

  /** The value; allocates. */
  public String value(int index) {
    int start = valueStart(index);
    return new String(bytes, start, valueEnd(index) - start, StandardCharsets.ISO_8859_1);
  }

  /** The first value of that name, or null; allocates. */
  public @Nullable String first(HeaderName name) {
    int index = indexOf(name, 0);
    return index < 0 ? null : value(index);
  }

  /** Whether the value in slot {@code index} is exactly {@code expected}. */
  public boolean valueEquals(int index, byte[] expected) {
    int start = valueStart(index);
    return Arrays.equals(bytes, start, valueEnd(index), expected, 0, expected.length);
  }

  /** The live fields as {@code name: value} lines, for error messages and tests. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      if (isLive(i)) {
        text.append(name(i)).append(": ").append(value(i)).append('\n');
      }
    }
    return text.toString();
  }
}
