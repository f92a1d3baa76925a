/**
 * The vocabulary that both planes share: records, sealed types and interfaces; no I/O, no threads.
 */
@NullMarked
package dev.weir.core;

import org.jspecify.annotations.NullMarked;
