package dev.weir.core.api.gateway;

import dev.weir.core.api.LabelSelector;
import dev.weir.core.api.Names;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.gateway.Format.ObjectName;
import dev.weir.core.api.gateway.Format.OptionValue;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.Pattern;
import dev.weir.core.api.schema.Unique;
import dev.weir.core.api.schema.Violations;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks for addresses and listeners.
 *
 * @param addresses empty: the implementation chooses
 * @param allowedListeners which ListenerSets may add listeners; null: none
 * @param defaultScope which routes without parents it takes; null: none
 */
public record Gateway(
    @ObjectName String gatewayClassName,
    @Items(min = 1, max = 64) @Unique("name") List<Listener> listeners,
    @Items(max = 16) List<GatewayAddress> addresses,
    @Nullable Infrastructure infrastructure,
    @Nullable AllowedListeners allowedListeners,
    @Nullable GatewayTls tls,
    @Nullable DefaultScope defaultScope)
    implements Checked {

  public static final ObjectType<Gateway> TYPE =
      ObjectType.of(Group.kind("Gateway", "gateways"), Gateway.class, Layout.SPEC)
          .served("v1beta1");

  /**
   * Wishes for what is deployed for the Gateway.
   *
   * @param parametersRef an object that says more
   */
  public record Infrastructure(
      @Items(max = 8)
          Map<
                  String,
                  @Length(max = 63)
                  @Pattern(
                      value = "^" + Names.LABEL_VALUE + "$",
                      means =
                          "letters, digits, '-', '_' and '.', beginning and ending with a letter or digit")
                  String>
              labels,
      @Items(max = 16) Map<String, @OptionValue String> annotations,
      @Nullable LocalObjectReference parametersRef)
      implements Checked {

    @Override
    public void check(Violations violations) {
      checkKeys("labels", labels, violations);
      checkKeys("annotations", annotations, violations);
    }

    private static void checkKeys(String field, Map<String, String> map, Violations violations) {
      Names.checkKeys(field, map, violations);
      for (String key : map.keySet()) {
        // One less than for the labels of objects.
        if (key.indexOf('/') == 253) {
          violations.add(field + "[" + key + "]", "the domain has at most 252 characters here");
        }
      }
    }
  }

  /** Which ListenerSets may add listeners. */
  public record AllowedListeners(@Default("{}") Namespaces namespaces) {
    /** Where the ListenerSets may be. */
    public record Namespaces(@Default("None") From from, @Nullable LabelSelector selector) {}

    /** The choice of namespaces. */
    public enum From {
      ALL,
      SELECTOR,
      SAME,
      NONE
    }
  }

  @Override
  public void check(Violations violations) {
    Listener.check(listeners, violations);
    GatewayAddress.check(addresses, violations);
  }
}
