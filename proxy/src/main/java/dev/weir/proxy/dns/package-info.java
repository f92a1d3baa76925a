/** What the names of endpoints stand for now. On one event loop for the whole process. */
@NullMarked
package dev.weir.proxy.dns;

import org.jspecify.annotations.NullMarked;
