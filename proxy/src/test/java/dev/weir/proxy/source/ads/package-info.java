@NullMarked
package dev.weir.proxy.source.ads;

import org.jspecify.annotations.NullMarked;
