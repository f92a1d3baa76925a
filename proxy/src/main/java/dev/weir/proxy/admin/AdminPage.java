package dev.weir.proxy.admin;

import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * One page of the admin endpoint.
 *
 * @param method GET, or POST for pages that do something
 * @param path e.g. {@code /ready}
 * @param summary one line for the list of pages
 * @param answer makes the page; on a virtual thread of the endpoint, may block
 */
public record AdminPage(String method, String path, String summary, Supplier<Answer> answer) {

  /** What is sent back. */
  @SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
  public record Answer(int status, String contentType, byte[] body) {
    /** Plain text. */
    public static Answer text(int status, String text) {
      return new Answer(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /** JSON with status 200. */
    public static Answer json(String json) {
      return new Answer(200, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }
  }
}
