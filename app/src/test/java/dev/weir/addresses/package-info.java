/** Tests of address pools. */
@NullMarked
package dev.weir.addresses;

import org.jspecify.annotations.NullMarked;
