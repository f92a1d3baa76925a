@NullMarked
package dev.weir.proxy.source;

import org.jspecify.annotations.NullMarked;
