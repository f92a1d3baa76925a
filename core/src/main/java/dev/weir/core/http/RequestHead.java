package dev.weir.core.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The head of one request, whatever the version it came in: method, scheme, authority, path with
 * query, and {@link Fields}. All parts are ranges of the same byte array as the fields.
 *
 * <p>{@code Host} never stands among the fields: a codec moves it to the authority and writes it
 * back, so that filters and router have one place to look. Fields that belong to a connection
 * ({@code Connection}, {@code Transfer-Encoding}, ...) are removed by the codec that read them. The
 * path is the request target in origin form, as sent; its normal form for routing is decided by the
 * codec ({@code docs/http.md}, "Paths"). Belongs to one event loop, is reused.
 */
public final class RequestHead {
  private final Fields fields;
  private int methodStart;
  private int methodEnd;
  private int authorityStart;
  private int authorityEnd;
  private int pathStart;
  private int pathEnd;
  private int queryStart;
  private boolean https;

  public RequestHead(Fields fields) {
    this.fields = fields;
  }

  /** Forgets everything; keeps the memory. */
  public void clear() {
    fields.clear();
    methodStart = methodEnd = authorityStart = authorityEnd = pathStart = pathEnd = queryStart = 0;
    https = false;
  }

  public Fields fields() {
    return fields;
  }

  /** The array that all offsets of this head refer to. */
  public byte[] bytes() {
    return fields.bytes();
  }

  // --- method ----------------------------------------------------------------------------------

  /** Declares where in {@link #bytes()} the method stands. */
  public void methodAt(int start, int end) {
    methodStart = start;
    methodEnd = end;
  }

  public int methodStart() {
    return methodStart;
  }

  public int methodEnd() {
    return methodEnd;
  }

  /** Replaces the method. */
  public void method(byte[] value) {
    methodStart = append(value);
    methodEnd = methodStart + value.length;
  }

  public boolean methodIs(byte[] method) {
    return Arrays.equals(bytes(), methodStart, methodEnd, method, 0, method.length);
  }

  /** The method; allocates. */
  public String method() {
    return text(methodStart, methodEnd);
  }

  // --- scheme ----------------------------------------------------------------------------------

  /** Whether the client came over TLS (scheme {@code https}). */
  public boolean https() {
    return https;
  }

  public void https(boolean value) {
    https = value;
  }

  // --- authority -------------------------------------------------------------------------------

  /** Declares where in {@link #bytes()} host and optional port stand; empty if there is none. */
  public void authorityAt(int start, int end) {
    authorityStart = start;
    authorityEnd = end;
  }

  public int authorityStart() {
    return authorityStart;
  }

  public int authorityEnd() {
    return authorityEnd;
  }

  /** Replaces host and port. */
  public void authority(byte[] value) {
    authorityStart = append(value);
    authorityEnd = authorityStart + value.length;
  }

  /** Host and optional port; allocates. */
  public String authority() {
    return text(authorityStart, authorityEnd);
  }

  // --- path ------------------------------------------------------------------------------------

  /**
   * Declares where in {@link #bytes()} the target stands: path from {@code start}, {@code ?} at
   * {@code query} (or {@code end} if there is no query), {@code end} exclusive.
   */
  public void pathAt(int start, int query, int end) {
    pathStart = start;
    queryStart = query;
    pathEnd = end;
  }

  /** Start of the path. */
  public int pathStart() {
    return pathStart;
  }

  /** End of the path without query: position of the {@code ?}, or {@link #targetEnd()}. */
  public int pathEnd() {
    return queryStart;
  }

  /** End of path and query. */
  public int targetEnd() {
    return pathEnd;
  }

  /** Whether there is a {@code ?}. */
  public boolean hasQuery() {
    return queryStart < pathEnd;
  }

  /** Replaces the path and keeps the query. */
  public void path(byte[] value) {
    int querySize = pathEnd - queryStart;
    int at = append(value);
    byte[] to = fields.ensureWritable(querySize);
    System.arraycopy(to, queryStart, to, fields.length(), querySize);
    fields.advance(querySize);
    pathAt(at, at + value.length, at + value.length + querySize);
  }

  /** Replaces path and query. */
  public void target(byte[] value) {
    int at = append(value);
    int query = at;
    while (query < at + value.length && bytes()[query] != '?') {
      query++;
    }
    pathAt(at, query, at + value.length);
  }

  /** The path without query; allocates. */
  public String path() {
    return text(pathStart, queryStart);
  }

  /** Path and query; allocates. */
  public String target() {
    return text(pathStart, pathEnd);
  }

  private int append(byte[] value) {
    byte[] to = fields.ensureWritable(value.length);
    int at = fields.length();
    System.arraycopy(value, 0, to, at, value.length);
    fields.advance(value.length);
    return at;
  }

  private String text(int start, int end) {
    return new String(bytes(), start, end - start, StandardCharsets.ISO_8859_1);
  }

  @Override
  public String toString() {
    return method() + " " + target() + " (" + authority() + ")\n" + fields;
  }
}
