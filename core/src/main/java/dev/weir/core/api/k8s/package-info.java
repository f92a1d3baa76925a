/** The kinds of Kubernetes itself that Weir reads, with the fields that it uses. */
@NullMarked
package dev.weir.core.api.k8s;

import org.jspecify.annotations.NullMarked;
