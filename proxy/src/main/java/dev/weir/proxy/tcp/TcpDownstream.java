package dev.weir.proxy.tcp;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a client's connection before its first byte is passed on.
 *
 * @param listener name of the Listener
 * @param secure whether it speaks TLS, whoever ends that
 * @param serverName asked for in TLS, lower case, or null
 */
public record TcpDownstream(String listener, boolean secure, @Nullable String serverName) {}
