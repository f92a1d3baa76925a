@NullMarked
package dev.weir.proxy.upstream;

import org.jspecify.annotations.NullMarked;
