package dev.weir.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClass.Predicates;
import java.util.List;

/** Which types of which library may be used where, and what must not change. */
final class TypeRules {
  private TypeRules() {}

  static List<Rule> rules() {
    return List.of(
        new Rule(
            "protobuf stays between its doors",
            noClasses()
                .that()
                .resideInAPackage("dev.weir..")
                .and()
                .resideOutsideOfPackages(
                    "dev.weir.core.filter..",
                    "dev.weir.core.xds..",
                    "dev.weir.features..",
                    "dev.weir.controlplane.translate..",
                    "dev.weir.controlplane.xds..",
                    "dev.weir.controlplane.serve..",
                    "dev.weir.proxy.compile..",
                    "dev.weir.proxy.source..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                    "com.google.protobuf..",
                    "com.google.rpc..",
                    "dev.weir.envoy..",
                    "dev.weir.xds..")
                .because(
                    "translators write it and compilers read it; everything else works on types of"
                        + " its own, and no request meets a message"),
            """
            package dev.weir.proxy.plan;
            class Bad { int size(com.google.protobuf.ByteString bytes) { return bytes.size(); } }
            """),
        new Rule(
            "filters at work do not read protobuf",
            noClasses()
                .that()
                .resideInAPackage("dev.weir.features..")
                .and()
                .areAssignableTo("dev.weir.core.filter.HttpFilter")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.google.protobuf..", "dev.weir.envoy..", "dev.weir.xds..")
                .because("the configuration is compiled once, not read again for each request"),
            """
            package dev.weir.features.bad;
            class BadFilter implements dev.weir.core.filter.HttpFilter {
              private com.google.protobuf.ByteString config;
            }
            """),
        new Rule(
            "channels stay in the proxy",
            noClasses()
                .that()
                .resideInAPackage("dev.weir..")
                .and()
                .resideOutsideOfPackages(
                    "dev.weir.proxy..", "dev.weir..echo..", "dev.weir..conformance..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                    "io.netty.channel..",
                    "io.netty.bootstrap..",
                    "io.netty.handler..",
                    "io.netty.resolver..")
                .because(
                    "the network is the proxy's business; others see buffers and heads at most"),
            """
            package dev.weir.features.bad;
            class Bad { io.netty.channel.Channel channel; }
            """),
        new Rule(
            "the control plane has no Netty",
            noClasses()
                .that()
                .resideInAPackage("dev.weir.controlplane..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .because("it moves no bytes"),
            """
            package dev.weir.controlplane.bad;
            class Bad { io.netty.buffer.ByteBuf bytes; }
            """),
        new Rule(
            "gRPC carries xDS and nothing else",
            noClasses()
                .that()
                .resideInAPackage("dev.weir..")
                .and()
                .resideOutsideOfPackages(
                    "dev.weir.controlplane.serve..", "dev.weir.proxy.source.ads..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.grpc..")
                .because("gRPC that passes through is only HTTP/2 to the proxy"),
            """
            package dev.weir.controlplane.resolve;
            class Bad { io.grpc.Status status; }
            """),
        new Rule(
            "Kubernetes is behind one door",
            noClasses()
                .that()
                .resideInAPackage("dev.weir..")
                .and()
                .resideOutsideOfPackages("dev.weir.controlplane.kube..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.fabric8..")
                .because("everything else works the same for files"),
            """
            package dev.weir.controlplane.resolve;
            class Bad { io.fabric8.kubernetes.api.model.Pod pod; }
            """),
        new Rule(
            "commands are not annotated",
            noClasses()
                .that()
                .resideInAPackage("dev.weir..")
                .should()
                .dependOnClassesThat(
                    describe("are annotations", JavaClass::isAnnotation)
                        .and(Predicates.resideInAPackage("picocli..")))
                .because("picocli reads them by reflection, which costs each start 50 ms"),
            """
            package dev.weir.cli;
            class Bad { @picocli.CommandLine.Option(names = "--bad") String bad; }
            """),
        new Rule(
            "plan and topology do not change",
            fields()
                .that()
                .areDeclaredInClassesThat()
                .resideInAnyPackage("dev.weir.proxy.plan..", "dev.weir.controlplane.topology..")
                .should()
                .beFinal()
                .because(
                    "they are replaced whole, read by all loops without locks, and an exchange"
                        + " keeps the one it started with"),
            """
            package dev.weir.proxy.plan;
            class Bad { private int hits; }
            """));
  }
}
