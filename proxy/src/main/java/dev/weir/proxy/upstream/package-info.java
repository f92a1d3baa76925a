/**
 * The backends of one worker: clusters with their endpoints, how one is picked, and the connections
 * to them. State here belongs to one event loop and survives changes of the plan.
 */
@NullMarked
package dev.weir.proxy.upstream;

import org.jspecify.annotations.NullMarked;
