package dev.weir.controlplane.serve;

import com.google.protobuf.Message;
import dev.weir.core.api.gateway.Group;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.endpoint.v3.ClusterLoadAssignment;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** A snapshot in few words: each resource is {@code name=version}, or a name alone of version 1. */
record Content(
    Map<String, Resource<Listener>> listeners,
    Map<String, Resource<RouteConfiguration>> routes,
    Map<String, Resource<Cluster>> clusters,
    Map<String, Resource<ClusterLoadAssignment>> endpoints,
    Map<String, Resource<Secret>> secrets) {

  static final ObjectRef EDGE = gateway("edge");

  Content() {
    this(new HashMap<>(), new HashMap<>(), new HashMap<>(), new HashMap<>(), new HashMap<>());
  }

  static ObjectRef gateway(String name) {
    return new ObjectRef(Group.GATEWAY, "Gateway", "infra", name);
  }

  /** Published for the Gateway {@code infra/edge} alone. */
  Publication published() {
    return new Publication(Map.of(EDGE, snapshot()), Map.of("host", Set.of(EDGE)));
  }

  XdsSnapshot snapshot() {
    return new XdsSnapshot(listeners, routes, clusters, endpoints, secrets);
  }

  Content listeners(String... all) {
    for (String each : all) {
      put(
          listeners,
          each,
          Listener.newBuilder().setName(name(each)).setStatPrefix(version(each)).build());
    }
    return this;
  }

  Content routes(String... all) {
    for (String each : all) {
      RouteConfiguration.Builder routes = RouteConfiguration.newBuilder().setName(name(each));
      routes.addVirtualHostsBuilder().setName(version(each));
      put(this.routes, each, routes.build());
    }
    return this;
  }

  Content clusters(String... all) {
    for (String each : all) {
      Cluster.Builder cluster = Cluster.newBuilder().setName(name(each));
      cluster.getEdsClusterConfigBuilder().setServiceName(version(each));
      put(clusters, each, cluster.build());
    }
    return this;
  }

  Content endpoints(String... all) {
    for (String each : all) {
      put(endpoints, each, ClusterLoadAssignment.newBuilder().setClusterName(name(each)).build());
    }
    return this;
  }

  Content secrets(String... all) {
    for (String each : all) {
      put(secrets, each, Secret.newBuilder().setName(name(each)).build());
    }
    return this;
  }

  private static <M extends Message> void put(
      Map<String, Resource<M>> all, String text, M message) {
    all.put(name(text), new Resource<>(name(text), version(text), message));
  }

  private static String name(String text) {
    return text.split("=", -1)[0];
  }

  private static String version(String text) {
    return text.contains("=") ? text.split("=", -1)[1] : "1";
  }
}
