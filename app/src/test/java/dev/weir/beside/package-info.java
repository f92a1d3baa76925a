/** Features that send requests of their own, through a whole gateway, with real servers. */
@NullMarked
package dev.weir.beside;

import org.jspecify.annotations.NullMarked;
