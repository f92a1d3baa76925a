@NullMarked
package dev.weir.proxy.exchange;

import org.jspecify.annotations.NullMarked;
