/** What the API server's side does without an API server. */
@NullMarked
package dev.weir.controlplane.kube;

import org.jspecify.annotations.NullMarked;
