package dev.weir.proxy.upstream;

import dev.weir.core.filter.Sessions.EndpointIds;
import java.util.Arrays;
import java.util.Collection;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The endpoints of a cluster by the ids that tokens have for them. */
final class SessionIndex {
  private final EndpointIds ids;
  private final long[] sorted;
  private final EndpointState[] endpoints;

  SessionIndex(EndpointIds ids, String cluster, Collection<EndpointState> members) {
    this.ids = ids;
    TreeMap<Long, EndpointState> byId = new TreeMap<>();
    members.forEach(endpoint -> byId.put(ids.of(cluster, endpoint.text()), endpoint));
    this.sorted = byId.keySet().stream().mapToLong(Long::longValue).toArray();
    this.endpoints = byId.values().toArray(EndpointState[]::new);
  }

  boolean by(EndpointIds wanted) {
    return ids.equals(wanted);
  }

  @Nullable EndpointState find(long id) {
    int index = Arrays.binarySearch(sorted, id);
    return index < 0 ? null : endpoints[index];
  }
}
