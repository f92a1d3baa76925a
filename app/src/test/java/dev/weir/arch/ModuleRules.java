package dev.weir.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClass.Predicates;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import org.jspecify.annotations.NullMarked;

/** Who may know whom. */
final class ModuleRules {
  private ModuleRules() {}

  static List<Rule> rules() {
    return List.of(
        new Rule(
            "core knows no other module",
            knowsOnly(
                "core",
                "it is the vocabulary of all of them; what only one of them needs belongs there"),
            """
            package dev.weir.core.bad;
            class Bad { dev.weir.proxy.bad.Other other; }
            ---
            package dev.weir.proxy.bad;
            public class Other {}
            """),
        new Rule(
            "features know only core",
            knowsOnly(
                "features", "a feature reaches the planes only through the interfaces of core"),
            """
            package dev.weir.features.bad;
            class Bad { dev.weir.controlplane.bad.Other other; }
            ---
            package dev.weir.controlplane.bad;
            public class Other {}
            """),
        new Rule(
            "controlplane knows only core",
            knowsOnly(
                "controlplane", "xDS is the only contract between the planes, also in one process"),
            """
            package dev.weir.controlplane.bad;
            class Bad { dev.weir.proxy.bad.Other other; }
            ---
            package dev.weir.proxy.bad;
            public class Other {}
            """),
        new Rule(
            "proxy knows only core",
            knowsOnly("proxy", "it must run under control planes that are not Weir's"),
            """
            package dev.weir.proxy.bad;
            class Bad { dev.weir.features.bad.Other other; }
            ---
            package dev.weir.features.bad;
            public class Other {}
            """),
        new Rule(
            "packages form no cycles",
            slices()
                .matching("dev.weir.(**)")
                .should()
                .beFreeOfCycles()
                .because("packages in a cycle can only be understood and changed together"),
            """
            package dev.weir.core.one;
            public class One { dev.weir.core.two.Two two; }
            ---
            package dev.weir.core.two;
            public class Two { dev.weir.core.one.One one; }
            """),
        new Rule(
            "features do not know each other",
            slices()
                .matching("dev.weir.features.(*)..")
                .should()
                .notDependOnEachOther()
                .because("a feature must be addable and removable as a folder"),
            """
            package dev.weir.features.one;
            class One { dev.weir.features.two.Two two; }
            ---
            package dev.weir.features.two;
            public class Two {}
            """),
        new Rule(
            "translations do not know filters",
            noClasses()
                .that(inFeatures("Translation"))
                .should()
                .dependOnClassesThat(inFeatures("Filter"))
                .because("the halves of a feature meet only in the protobuf message"),
            """
            package dev.weir.features.one;
            class OneTranslation { OneFilter.Inner filter; }
            ---
            package dev.weir.features.one;
            class OneFilter { static class Inner {} }
            """),
        new Rule(
            "filters do not know translations",
            noClasses()
                .that(inFeatures("Filter"))
                .should()
                .dependOnClassesThat(inFeatures("Translation"))
                .because("the halves of a feature meet only in the protobuf message"),
            """
            package dev.weir.features.one;
            class OneFilter { Runnable made = () -> new OneTranslation(); }
            ---
            package dev.weir.features.one;
            class OneTranslation {}
            """),
        new Rule(
            "every package is @NullMarked",
            classes()
                .that()
                .resideInAPackage("dev.weir..")
                .should(beInNullMarkedPackage())
                .because("NullAway checks only what is marked"),
            """
            package dev.weir.core.unmarked;
            class Bad {}
            """),
        new Rule(
            "names say what a thing is",
            noClasses()
                .that()
                .resideInAPackage("dev.weir..")
                .should()
                .haveNameMatching(".*(Utils?|Manager|Helper|Impl)(\\$.*)?|.*[.$]Abstract[A-Z].*")
                .because("such a name says only that no better one was found"),
            """
            package dev.weir.core.bad;
            class RouteManager {}
            """));
  }

  private static com.tngtech.archunit.lang.ArchRule knowsOnly(String module, String reason) {
    String itself = "dev.weir." + module + "..";
    return noClasses()
        .that()
        .resideInAPackage(itself)
        .should()
        .dependOnClassesThat(
            Predicates.resideInAPackage("dev.weir..")
                .and(
                    Predicates.resideOutsideOfPackages(
                        itself, "dev.weir.core..", "dev.weir.envoy..", "dev.weir.xds..")))
        .because(reason)
        .allowEmptyShould(true);
  }

  private static DescribedPredicate<JavaClass> inFeatures(String suffix) {
    return describe(
        "*" + suffix + " in features",
        type ->
            type.getPackageName().startsWith("dev.weir.features.")
                && outermost(type).getSimpleName().endsWith(suffix));
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(ModuleRules::outermost).orElse(type);
  }

  private static ArchCondition<JavaClass> beInNullMarkedPackage() {
    return new ArchCondition<>("be in a package that is @NullMarked") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
        events.add(
            new SimpleConditionEvent(
                type,
                marked,
                type.getName() + ": package " + type.getPackageName() + " is not @NullMarked"));
      }
    };
  }
}
