package dev.weir.core.api.gateway;

import dev.weir.core.api.LabelSelector;
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
                      value = "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$",
                      means =
                          "letters, digits, '-', '_' and '.', beginning and ending with a letter or digit")
                  String>
              labels,
      @Items(max = 16) Map<String, @OptionValue String> annotations,
      @Nullable LocalObjectReference parametersRef)
      implements Checked {

    private static final java.util.regex.Pattern KEY =
        java.util.regex.Pattern.compile(
            "(" + Format.SUBDOMAIN + "/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]");

    @Override
    public void check(Violations violations) {
      checkKeys("labels", labels, violations);
      checkKeys("annotations", annotations, violations);
    }

    private static void checkKeys(String field, Map<String, String> map, Violations violations) {
      for (String key : map.keySet()) {
        if (!KEY.matcher(key).matches() || key.indexOf('/') >= 253) {
          violations.add(
              field + "[" + key + "]",
              "not a valid key: expected a name of up to 63 letters, digits, '-', '_' and '.',"
                  + " after an optional domain and '/'");
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
