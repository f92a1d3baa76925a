/** Listen sockets, workers, and the way from an accepted connection to its codec. */
@NullMarked
package dev.weir.proxy.server;

import org.jspecify.annotations.NullMarked;
