package dev.weir.core.api.gateway;

import dev.weir.core.api.gateway.Format.SectionName;
import dev.weir.core.api.schema.Items;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the connections or datagrams of a TLSRoute, TCPRoute or UDPRoute go. */
public record StreamRule(
    @Nullable @SectionName String name, @Items(min = 1, max = 16) List<BackendRef> backendRefs) {}
