package dev.weir.controlplane.state;

import dev.weir.core.api.ObjectType;
import dev.weir.core.api.gateway.BackendTlsPolicy;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayClass;
import dev.weir.core.api.gateway.GrpcRoute;
import dev.weir.core.api.gateway.HttpRoute;
import dev.weir.core.api.gateway.ListenerSet;
import dev.weir.core.api.gateway.ReferenceGrant;
import dev.weir.core.api.gateway.TcpRoute;
import dev.weir.core.api.gateway.TlsRoute;
import dev.weir.core.api.gateway.UdpRoute;
import dev.weir.core.api.gateway.XBackendTrafficPolicy;
import dev.weir.core.api.k8s.ConfigMap;
import dev.weir.core.api.k8s.EndpointSlice;
import dev.weir.core.api.k8s.Namespace;
import dev.weir.core.api.k8s.Secret;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.api.k8s.ServiceImport;
import dev.weir.core.api.weir.Backend;
import dev.weir.core.api.weir.GatewayParameters;
import java.util.List;

/** The types that Weir reads without any feature. */
public final class StandardTypes {
  public static final List<ObjectType<?>> ALL =
      List.of(
          GatewayClass.TYPE,
          Gateway.TYPE,
          ListenerSet.TYPE,
          HttpRoute.TYPE,
          GrpcRoute.TYPE,
          TlsRoute.TYPE,
          TcpRoute.TYPE,
          UdpRoute.TYPE,
          ReferenceGrant.TYPE,
          BackendTlsPolicy.TYPE,
          XBackendTrafficPolicy.TYPE,
          Namespace.TYPE,
          Service.TYPE,
          ServiceImport.TYPE,
          EndpointSlice.TYPE,
          Secret.TYPE,
          ConfigMap.TYPE,
          Backend.TYPE,
          GatewayParameters.TYPE);

  private StandardTypes() {}
}
