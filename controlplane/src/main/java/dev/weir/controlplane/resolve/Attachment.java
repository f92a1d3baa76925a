package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.Hostname;
import java.util.List;

/**
 * A route at a listener.
 *
 * @param hostnames for which it serves there; not empty
 */
record Attachment(Route route, List<Hostname> hostnames) {}
