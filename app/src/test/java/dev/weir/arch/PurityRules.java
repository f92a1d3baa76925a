package dev.weir.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass.Predicates;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Set;

/** What must give the same result for the same input, whenever and wherever it runs. */
final class PurityRules {
  private static final String REASON =
      "golden tests, validate, the webhook and the controller must all find the same, from the"
          + " input alone";

  private static final String[] PURE = {
    "dev.weir.controlplane.resolve..",
    "dev.weir.controlplane.topology..",
    "dev.weir.controlplane.translate..",
    "dev.weir.controlplane.deploy..",
    "dev.weir.proxy.compile..",
    "dev.weir.proxy.plan..",
  };

  private PurityRules() {}

  static List<Rule> rules() {
    return List.of(
        new Rule(
            "resolve, translate and compile do not log, draw lots or start threads",
            pure()
                .should()
                .dependOnClassesThat(
                    Predicates.resideInAnyPackage("org.slf4j..")
                        .or(Predicates.assignableTo(java.util.random.RandomGenerator.class))
                        .or(Predicates.assignableTo(Thread.class))
                        .or(Predicates.assignableTo(java.util.concurrent.Executor.class)))
                .because(REASON)
                .allowEmptyShould(true),
            """
            package dev.weir.controlplane.resolve;
            class Bad { int pick() { return new java.util.Random().nextInt(); } }
            """),
        new Rule(
            "resolve, translate and compile read no file and no socket",
            pure()
                .should()
                .dependOnClassesThat(
                    Predicates.resideInAnyPackage(
                            "java.nio.file..", "java.nio.channels..", "java.net.http..")
                        .or(
                            Predicates.belongToAnyOf(
                                java.io.File.class,
                                java.io.FileInputStream.class,
                                java.io.FileOutputStream.class,
                                java.io.FileReader.class,
                                java.io.FileWriter.class,
                                java.io.RandomAccessFile.class,
                                java.io.PrintStream.class,
                                java.net.Socket.class,
                                java.net.ServerSocket.class,
                                java.net.DatagramSocket.class,
                                java.net.URL.class)))
                .because(REASON)
                .allowEmptyShould(true),
            """
            package dev.weir.proxy.compile;
            class Bad { void log() { System.out.println("compiled"); } }
            """),
        new Rule(
            "resolve, translate and compile do not look at the clock or the host",
            asks("resolve, translate and compile", PURE),
            """
            package dev.weir.controlplane.translate;
            class Bad { java.util.function.Supplier<java.time.Instant> now = java.time.Instant::now; }
            """),
        new Rule(
            "core does not look at the clock or the host",
            asks("core", "dev.weir.core.."),
            """
            package dev.weir.core.bad;
            class Bad { String home() { return System.getenv("HOME"); } }
            """));
  }

  private static com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction pure() {
    return noClasses().that().resideInAnyPackage(PURE);
  }

  private static ArchRule asks(String who, String... packages) {
    return noClasses()
        .that()
        .resideInAnyPackage(packages)
        // The one place where the clock comes in.
        .and()
        .resideOutsideOfPackage("dev.weir.core.time..")
        .should()
        .accessTargetWhere(asksTheMachine())
        .as(who + " should not ask the machine for the time, names or settings")
        .because(REASON)
        .allowEmptyShould(true);
  }

  /** Calls and method references that answer differently by time or place. */
  private static DescribedPredicate<JavaAccess<?>> asksTheMachine() {
    Set<String> calls =
        Set.of(
            "java.lang.System.getenv",
            "java.lang.System.getProperty",
            "java.lang.Math.random",
            "java.util.UUID.randomUUID",
            "java.net.InetAddress.getByName",
            "java.net.InetAddress.getAllByName",
            "java.net.InetAddress.getLocalHost");
    DescribedPredicate<JavaAccess<?>> readsTheClock = LoopRules.readsTheClock();
    return describe(
        "ask the machine",
        access -> {
          String owner = access.getTargetOwner().getName();
          String name = access.getTarget().getName();
          // With a host name as text this constructor resolves it.
          boolean resolves =
              owner.equals("java.net.InetSocketAddress")
                  && name.equals("<init>")
                  && access.getTarget().getFullName().contains("java.lang.String");
          return readsTheClock.test(access) || resolves || calls.contains(owner + "." + name);
        });
  }
}
