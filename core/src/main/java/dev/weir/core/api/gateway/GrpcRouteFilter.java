package dev.weir.core.api.gateway;

import dev.weir.core.api.gateway.HttpRouteFilter.ExtensionRef;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestHeaderModifier;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestMirror;
import dev.weir.core.api.gateway.HttpRouteFilter.ResponseHeaderModifier;
import dev.weir.core.api.schema.Union;

/** A filter that makes sense for gRPC: some of those for HTTP. */
@Union("type")
public sealed interface GrpcRouteFilter
    permits RequestHeaderModifier, ResponseHeaderModifier, RequestMirror, ExtensionRef {}
