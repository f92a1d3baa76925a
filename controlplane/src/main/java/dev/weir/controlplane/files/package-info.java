/** Directories of YAML as the source of configuration. */
@NullMarked
package dev.weir.controlplane.files;

import org.jspecify.annotations.NullMarked;
