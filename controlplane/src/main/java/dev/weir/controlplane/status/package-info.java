/** Status of the objects, as a Kubernetes controller writes it. */
@NullMarked
package dev.weir.controlplane.status;

import org.jspecify.annotations.NullMarked;
