/** Which addresses Gateways get where nobody else gives them any. */
@NullMarked
package dev.weir.addresses;

import org.jspecify.annotations.NullMarked;
