@NullMarked
package dev.weir.proxy.compile;

import org.jspecify.annotations.NullMarked;
