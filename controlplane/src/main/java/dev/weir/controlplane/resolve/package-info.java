/**
 * From the objects to their meaning: who attaches to whom, which references hold, which listener
 * serves which hostname. Pure: the result depends on the arguments only.
 */
@NullMarked
package dev.weir.controlplane.resolve;

import org.jspecify.annotations.NullMarked;
