/**
 * The Kubernetes API server: what is watched there and what is written. The only package that knows
 * the Kubernetes client.
 */
@NullMarked
package dev.weir.controlplane.kube;

import org.jspecify.annotations.NullMarked;
