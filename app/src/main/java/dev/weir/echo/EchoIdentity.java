package dev.weir.echo;

/**
 * Who an echo backend says it is.
 *
 * @param namespace of the pod it stands for
 * @param pod name of that pod; the first thing to look at in a weighted split
 */
public record EchoIdentity(String namespace, String pod) {}
