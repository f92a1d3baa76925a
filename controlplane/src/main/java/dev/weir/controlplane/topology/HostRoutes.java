package dev.weir.controlplane.topology;

import java.util.List;

/**
 * The rules that serve one hostname of a listener.
 *
 * @param matches in order of precedence, highest first: the first that matches a request serves it.
 *     Rules of routes for less specific hostnames that include this one stand at the end.
 */
public record HostRoutes(Hostname hostname, List<RuleMatch> matches) {
  public HostRoutes {
    matches = List.copyOf(matches);
  }
}
