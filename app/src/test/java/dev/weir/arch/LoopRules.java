package dev.weir.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClass.Predicates;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.reflect.AccessFlag;
import java.util.List;
import java.util.Set;

/** What must not happen on an event loop. */
final class LoopRules {
  private static final String REASON =
      "one event loop serves thousands of connections, and a loop that waits is an outage for all"
          + " of them";

  private LoopRules() {}

  static List<Rule> rules() {
    return List.of(
        new Rule(
            "event loops take no locks and wait for nothing",
            noClasses()
                .that(runOnLoops())
                .should()
                .dependOnClassesThat(
                    Predicates.resideInAPackage("java.util.concurrent.locks..")
                        .or(Predicates.assignableTo(java.util.concurrent.CompletionStage.class))
                        .or(Predicates.assignableTo(java.util.concurrent.BlockingQueue.class))
                        .or(Predicates.assignableTo(java.util.concurrent.Semaphore.class))
                        .or(Predicates.assignableTo(java.util.concurrent.CountDownLatch.class))
                        .or(Predicates.assignableTo(java.util.concurrent.Phaser.class))
                        .or(
                            Predicates.assignableTo(java.util.concurrent.ExecutorService.class)
                                .and(Predicates.resideInAPackage("java..")))
                        .or(Predicates.assignableTo(ThreadLocal.class))
                        .or(
                            Predicates.assignableTo(Thread.class)
                                .and(Predicates.resideInAPackage("java.."))))
                .because(REASON)
                .allowEmptyShould(true),
            """
            package dev.weir.proxy.upstream;
            class Bad { java.util.concurrent.CompletableFuture<String> answer; }
            """),
        new Rule(
            "event loops are not synchronized",
            classes()
                .that(runOnLoops())
                .should(notBeSynchronized())
                .because(REASON)
                .allowEmptyShould(true),
            """
            package dev.weir.proxy.exchange;
            class Bad { void run(Object lock) { synchronized (lock) { lock.hashCode(); } } }
            """),
        new Rule(
            "event loops do not call what blocks",
            noClasses()
                .that(runOnLoops())
                .should()
                .accessTargetWhere(blocks())
                .because(REASON)
                .allowEmptyShould(true),
            """
            package dev.weir.proxy.http;
            class Bad { void run(io.netty.channel.ChannelFuture done) throws Exception { done.sync(); } }
            """),
        new Rule(
            "event loops do no blocking input or output",
            noClasses()
                .that(runOnLoops())
                .should()
                .dependOnClassesThat(
                    Predicates.resideInAnyPackage("java.nio.file..", "java.net.http..")
                        .or(Predicates.assignableTo(java.io.InputStream.class))
                        .or(Predicates.assignableTo(java.io.OutputStream.class))
                        .or(Predicates.assignableTo(java.io.Reader.class))
                        .or(Predicates.assignableTo(java.io.Writer.class))
                        .or(Predicates.assignableTo(java.net.Socket.class)))
                .because(REASON)
                .allowEmptyShould(true),
            """
            package dev.weir.features.bad;
            class BadFilter { void run() { System.err.println("seen"); } }
            """),
        new Rule(
            "event loops ask the ticker for the time",
            noClasses()
                .that(runOnLoops())
                .should()
                .accessTargetWhere(readsTheClock())
                .because(
                    "tests move the time by a Ticker, and the wall clock can jump; what needs a"
                        + " date, as a log line does, is written elsewhere")
                .allowEmptyShould(true),
            """
            package dev.weir.proxy.loop;
            class Bad { long now() { return System.currentTimeMillis(); } }
            """),
        new Rule(
            "requests meet no backtracking regular expression",
            noClasses()
                .that(runOnLoops())
                .or()
                .resideInAnyPackage("dev.weir.proxy.compile..", "dev.weir.features..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.regex..")
                .because("a pattern of a user must cost linear time: use re2j")
                .allowEmptyShould(true),
            """
            package dev.weir.proxy.compile;
            class Bad { java.util.regex.Pattern pattern; }
            """));
  }

  /** Packages whose code runs on event loops, and the filters of the features. */
  private static DescribedPredicate<JavaClass> runOnLoops() {
    return Predicates.resideInAnyPackage(
            "dev.weir.proxy.http..",
            "dev.weir.proxy.stream..",
            "dev.weir.proxy.exchange..",
            "dev.weir.proxy.tcp..",
            "dev.weir.proxy.udp..",
            "dev.weir.proxy.upstream..",
            "dev.weir.proxy.dns..",
            "dev.weir.proxy.plan..",
            "dev.weir.proxy.loop..")
        .or(
            Predicates.resideInAPackage("dev.weir.features..")
                .and(Predicates.simpleNameEndingWith("Filter")))
        .as("run on event loops");
  }

  private static DescribedPredicate<JavaAccess<?>> blocks() {
    Set<String> waits =
        Set.of("await", "awaitUninterruptibly", "sync", "syncUninterruptibly", "get", "join");
    Set<String> calls =
        Set.of(
            "java.lang.Object.wait",
            "java.net.InetAddress.getByName",
            "java.net.InetAddress.getAllByName",
            "java.net.InetAddress.getLocalHost");
    return describe(
        "block",
        access -> {
          JavaClass owner = access.getTargetOwner();
          String name = access.getTarget().getName();
          return (owner.isAssignableTo(java.util.concurrent.Future.class) && waits.contains(name))
              || calls.contains(owner.getName() + "." + name);
        });
  }

  /** Calls and method references that answer with the time. */
  static DescribedPredicate<JavaAccess<?>> readsTheClock() {
    Set<String> calls = Set.of("java.lang.System.currentTimeMillis", "java.lang.System.nanoTime");
    return describe(
        "read the clock",
        access -> {
          String owner = access.getTargetOwner().getName();
          String name = access.getTarget().getName();
          boolean now = name.equals("now") || name.startsWith("system");
          return calls.contains(owner + "." + name) || (owner.startsWith("java.time.") && now);
        });
  }

  private static ArchCondition<JavaClass> notBeSynchronized() {
    return new ArchCondition<>("have no synchronized method or block") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (MethodModel method : ClassFile.of().parse(bytes(type)).methods()) {
          boolean locks =
              method.flags().has(AccessFlag.SYNCHRONIZED)
                  || method.code().stream()
                      .flatMap(code -> code.elementStream())
                      .anyMatch(element ->
                          element instanceof MonitorInstruction monitor
                              && monitor.opcode() == Opcode.MONITORENTER);
          events.add(
              new SimpleConditionEvent(
                  type,
                  !locks,
                  type.getName() + "." + method.methodName().stringValue() + " is synchronized"));
        }
      }
    };
  }

  private static byte[] bytes(JavaClass type) {
    try (var in = type.getSource().orElseThrow().getUri().toURL().openStream()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
