package dev.weir.proxy.compile;

import com.google.protobuf.Message;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.filter.Sessions;
import dev.weir.core.xds.Packing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP filters of a connection manager, in request order and without the router. Chains are
 * equal if they make the same filters of the same routes.
 */
record HttpFilterChain(List<Installed<?, ?>> filters) {
  static final HttpFilterChain EMPTY = new HttpFilterChain(List.of());

  HttpFilterChain {
    filters = List.copyOf(filters);
  }

  // Written out, as each start asks for them: what a record has by itself is made at run time.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HttpFilterChain(var others) && filters.equals(others);
  }

  @Override
  public int hashCode() {
    return filters.hashCode();
  }

  /**
   * A filter of the chain.
   *
   * @param name as in the connection manager; route configurations refer to it
   * @param config default instance if the connection manager has none
   * @param disabled whether it runs only where a route configures it
   */
  record Installed<C extends Message, R extends Message>(
      String name, HttpFilterType<C, R> type, C config, boolean disabled) {

    private void addTo(List<CompiledFilter> chain, List<Map<String, Setting>> levels)
        throws InvalidConfig {
      List<Setting> settings = new ArrayList<>();
      for (Map<String, Setting> level : levels) {
        Setting setting = level.get(name);
        if (setting != null) {
          settings.add(setting);
        }
      }
      if (settings.isEmpty() ? disabled : settings.getFirst().disabled()) {
        return;
      }
      // What is left only switches the filter on.
      settings.removeIf(setting -> setting.config() == null);
      switch (type.levels().apply(config)) {
        case MOST_SPECIFIC -> add(chain, settings.subList(0, Math.min(1, settings.size())));
        case SPECIFIC_FIRST -> add(chain, settings);
        case SPECIFIC_LAST -> add(chain, settings.reversed());
      }
    }

    /** Adds the filter that all these make together. */
    private void add(List<CompiledFilter> chain, List<Setting> settings) throws InvalidConfig {
      Message.Builder merged = type.routeConfig().newBuilderForType();
      CompiledFilter filter =
          settings.isEmpty() ? compile(merged, FieldPath.ROOT.field(name)) : null;
      for (Setting setting : settings) {
        Message own = Objects.requireNonNull(setting.config());
        if (own.getClass() != type.routeConfig().getClass()) {
          throw setting.path().invalid("has to be a " + Packing.typeName(type.routeConfig()));
        }
        // Each time anew, so that what is wrong is known by its place.
        filter = compile(merged.mergeFrom(own), setting.path());
      }
      if (filter != null) {
        chain.add(filter);
      }
    }

    private @Nullable CompiledFilter compile(Message.Builder route, FieldPath at)
        throws InvalidConfig {
      @SuppressWarnings("unchecked") // the builder is of that type
      R routeConfig = (R) route.build();
      try {
        return type.compiler().compile(config, routeConfig);
      } catch (InvalidConfig e) {
        throw at.invalid(String.valueOf(e.getMessage()));
      }
    }
  }

  /**
   * A {@code typed_per_filter_config} for one filter.
   *
   * @param disabled whether the filter is not to run
   * @param config null if it only switches the filter on or off
   */
  record Setting(FieldPath path, boolean disabled, @Nullable Message config) {}

  /**
   * What the filters make for requests with the same configurations.
   *
   * @param chain those that run, in request order
   * @param sessions what keeps clients at one endpoint, or null
   */
  @SuppressWarnings("ArrayRecordComponent") // read by index on the request path, never compared
  record Filters(CompiledFilter[] chain, @Nullable Sessions sessions) {
    boolean isEmpty() {
      return chain.length == 0 && sessions == null;
    }
  }

  /**
   * The filters for requests with these configurations.
   *
   * @param levels by filter name; the most specific first
   */
  Filters compile(List<Map<String, Setting>> levels) throws InvalidConfig {
    List<CompiledFilter> all = new ArrayList<>(filters.size());
    for (Installed<?, ?> filter : filters) {
      filter.addTo(all, levels);
    }
    List<CompiledFilter> chain = new ArrayList<>(all.size());
    Sessions sessions = null;
    for (CompiledFilter filter : all) {
      if (!(filter instanceof Sessions found)) {
        chain.add(filter);
      } else if (sessions == null) {
        sessions = found;
      } else {
        throw FieldPath.ROOT.invalid("two filters would keep sessions of the same requests");
      }
    }
    return new Filters(chain.toArray(CompiledFilter[]::new), sessions);
  }
}
