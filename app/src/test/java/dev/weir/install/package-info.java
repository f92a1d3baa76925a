@NullMarked
package dev.weir.install;

import org.jspecify.annotations.NullMarked;
