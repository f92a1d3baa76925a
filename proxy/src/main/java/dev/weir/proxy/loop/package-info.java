/** What belongs to one event loop besides its connections: time. */
@NullMarked
package dev.weir.proxy.loop;

import org.jspecify.annotations.NullMarked;
