package dev.weir.echo;

/**
 * Who an echo backend says it is.
 *
 * @param namespace of the pod it stands for
 * @param pod name of that pod; the first thing to look at in a weighted split
 * @param service name of the Service in front of it, or empty
 */
public record EchoIdentity(String namespace, String pod, String service) {
  /** A backend that names no Service. */
  public EchoIdentity(String namespace, String pod) {
    this(namespace, pod, "");
  }
}
