/**
 * Where snapshots come from, and how they get to the workers. Every source does the same with them:
 * compile, install, answer.
 */
@NullMarked
package dev.weir.proxy.source;

import org.jspecify.annotations.NullMarked;
