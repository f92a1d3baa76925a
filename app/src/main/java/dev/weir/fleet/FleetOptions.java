package dev.weir.fleet;

import dev.weir.dataplane.DataPlaneOptions;
import dev.weir.proxy.source.ads.AdsOptions;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a proxy of a fleet runs.
 *
 * @param controller where configuration comes from
 * @param stateDirectory where the last configuration is kept, or null: nowhere
 * @param stateKey key with which it is encrypted, or null for one beside it
 */
public record FleetOptions(
    AdsOptions controller,
    @Nullable Path stateDirectory,
    @Nullable Path stateKey,
    DataPlaneOptions dataPlane) {}
