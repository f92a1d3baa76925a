/** xDS over gRPC: what proxies are to run, and what they say to it. */
@NullMarked
package dev.weir.controlplane.serve;

import org.jspecify.annotations.NullMarked;
