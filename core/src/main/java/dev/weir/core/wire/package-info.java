/**
 * Protobuf and gRPC by hand, for filters that talk gRPC while a request waits: a few known fields,
 * no generated classes and no objects for each of them.
 */
@NullMarked
package dev.weir.core.wire;

import org.jspecify.annotations.NullMarked;
