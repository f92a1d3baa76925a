/**
 * Datagrams that are passed on as they come. What comes from one address of a client goes to one
 * endpoint, and that endpoint's answers go back: a session.
 */
@NullMarked
package dev.weir.proxy.udp;

import org.jspecify.annotations.NullMarked;
