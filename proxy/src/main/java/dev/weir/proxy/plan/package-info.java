/** What the workers run: immutable, compiled from xDS, free of protobuf. */
@NullMarked
package dev.weir.proxy.plan;

import org.jspecify.annotations.NullMarked;
