@NullMarked
package dev.weir.proxy.http.h2;

import org.jspecify.annotations.NullMarked;
