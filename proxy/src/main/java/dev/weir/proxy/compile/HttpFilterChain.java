package dev.weir.proxy.compile;

import com.google.protobuf.Message;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.filter.InvalidConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
        case MOST_SPECIFIC -> add(chain, config, settings.isEmpty() ? null : settings.getFirst());
        case SPECIFIC_FIRST -> addAll(chain, settings);
        case SPECIFIC_LAST -> addAll(chain, settings.reversed());
      }
    }

    private void addAll(List<CompiledFilter> chain, List<Setting> settings) throws InvalidConfig {
      add(chain, config, null);
      C none = defaultOf(type.config());
      for (Setting setting : settings) {
        add(chain, none, setting);
      }
    }

    private void add(List<CompiledFilter> chain, C listener, @Nullable Setting setting)
        throws InvalidConfig {
      try {
        CompiledFilter filter =
            type.compiler().compile(listener, routeConfig(type.routeConfig(), setting));
        if (filter != null) {
          chain.add(filter);
        }
      } catch (InvalidConfig e) {
        FieldPath at = setting == null ? FieldPath.ROOT.field(name) : setting.path();
        throw at.invalid(String.valueOf(e.getMessage()));
      }
    }

    private static <R extends Message> R routeConfig(R type, @Nullable Setting setting)
        throws InvalidConfig {
      if (setting == null || setting.config() == null) {
        return defaultOf(type);
      }
      if (setting.config().getDescriptorForType() != type.getDescriptorForType()) {
        throw FieldPath.ROOT.invalid("has to be a " + type.getDescriptorForType().getFullName());
      }
      @SuppressWarnings("unchecked") // one generated class for one descriptor
      R config = (R) setting.config();
      return config;
    }

    @SuppressWarnings("unchecked") // the default instance has the same class
    private static <M extends Message> M defaultOf(M message) {
      return (M) message.getDefaultInstanceForType();
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
   * The filters for requests with these configurations.
   *
   * @param levels by filter name; the most specific first
   */
  CompiledFilter[] compile(List<Map<String, Setting>> levels) throws InvalidConfig {
    List<CompiledFilter> chain = new ArrayList<>(filters.size());
    for (Installed<?, ?> filter : filters) {
      filter.addTo(chain, levels);
    }
    return chain.toArray(CompiledFilter[]::new);
  }
}
