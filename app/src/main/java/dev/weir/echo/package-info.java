/** A small HTTP backend that answers with what it was asked: for first steps and for tests. */
@NullMarked
package dev.weir.echo;

import org.jspecify.annotations.NullMarked;
