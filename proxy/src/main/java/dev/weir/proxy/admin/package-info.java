/** The proxy's window for operators: an HTTP endpoint on loopback. */
@NullMarked
package dev.weir.proxy.admin;

import org.jspecify.annotations.NullMarked;
