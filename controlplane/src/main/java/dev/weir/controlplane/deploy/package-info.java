/** The Kubernetes objects that run the proxies of Gateways, as a pure function. */
@NullMarked
package dev.weir.controlplane.deploy;

import org.jspecify.annotations.NullMarked;
