package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Report.ClassReport;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.GatewayClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The GatewayClasses that name Weir as their controller. */
final class GatewayClasses {
  private final ResolveOptions options;
  private final EffectiveParameters parameters;
  private final Map<String, KubeObject<GatewayClass>> ours = new TreeMap<>();

  GatewayClasses(Lookup lookup, EffectiveParameters parameters, ResolveOptions options) {
    this.options = options;
    this.parameters = parameters;
    for (KubeObject<GatewayClass> gatewayClass : lookup.all(GatewayClass.TYPE)) {
      if (gatewayClass.spec().controllerName().equals(options.controllerName())) {
        ours.put(gatewayClass.ref().name(), gatewayClass);
      }
    }
  }

  /** Whether gateways of the class are ours to care for. */
  boolean own(String className) {
    return ours.containsKey(className);
  }

  /** Why gateways of a class of ours cannot be had, or null if they can. */
  @Nullable Fault fault(String className) {
    KubeObject<GatewayClass> gatewayClass = ours.get(className);
    return gatewayClass == null ? null : parameters.fault(gatewayClass.spec());
  }

  List<ClassReport> reports(Problems problems) {
    List<String> features = options.features().stream().sorted().toList();
    List<ClassReport> reports = new ArrayList<>();
    for (KubeObject<GatewayClass> gatewayClass : ours.values()) {
      Fault fault = parameters.fault(gatewayClass.spec());
      if (fault != null) {
        problems.add(gatewayClass, fault);
      }
      reports.add(
          new ClassReport(
              Lookup.subject(gatewayClass),
              List.of(
                  fault == null
                      ? Statement.holds(
                          ConditionType.ACCEPTED,
                          ConditionReason.ACCEPTED,
                          "Weir takes care of gateways of this class")
                      : Statement.fails(ConditionType.ACCEPTED, List.of(fault)),
                  Statement.holds(
                      ConditionType.SUPPORTED_VERSION,
                      ConditionReason.SUPPORTED_VERSION,
                      "this version of the Gateway API is supported")),
              features));
    }
    return reports;
  }
}
