@NullMarked
package dev.weir.proxy.plan;

import org.jspecify.annotations.NullMarked;
