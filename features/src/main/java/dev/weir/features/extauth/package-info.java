/** Asks an authorization service whether requests may pass. */
@NullMarked
package dev.weir.features.extauth;

import org.jspecify.annotations.NullMarked;
