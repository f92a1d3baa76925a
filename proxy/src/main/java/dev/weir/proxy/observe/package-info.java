/** What the data plane tells about the traffic: the interface to access log and metrics. */
@NullMarked
package dev.weir.proxy.observe;

import org.jspecify.annotations.NullMarked;
