package dev.weir.proxy.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.xds.Applied;
import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict.Accepted;
import dev.weir.core.xds.Verdict.Rejected;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.proxy.compile.Compiler;
import dev.weir.proxy.compile.XdsText;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.source.Installer.InstallResult;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DirectSourceTest {
  /** An installation that was asked for and waits for its end. */
  private record Installation(Plan plan, CompletableFuture<InstallResult> result) {}

  private final BlockingQueue<Installation> installations = new LinkedBlockingQueue<>();
  private final BlockingQueue<Applied> answers = new LinkedBlockingQueue<>();
  private final DirectSource source =
      new DirectSource(new Compiler(List.of()), this::install, answers::add);

  private CompletionStage<InstallResult> install(Plan plan) {
    CompletableFuture<InstallResult> result = new CompletableFuture<>();
    installations.add(new Installation(plan, result));
    return result;
  }

  @AfterEach
  void close() {
    source.close();
  }

  private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    return Objects.requireNonNull(queue.poll(20, TimeUnit.SECONDS), "nothing came");
  }

  private static XdsSnapshot cluster(String name) {
    return XdsText.snapshot("clusters: [{name: " + name + "}]");
  }

  @Test
  void answersOnceInstalled() throws Exception {
    XdsSnapshot snapshot =
        XdsText.snapshot("clusters: [{name: good}, {name: bad, lb_policy: MAGLEV}]");
    source.publish(snapshot);
    Installation installation = next(installations);

    assertThat(installation.plan().clusters()).containsOnlyKeys("good");
    assertThat(answers).isEmpty();
    BindFailure failure = new BindFailure("l", "127.0.0.1:80", "in use");
    installation.result().complete(new InstallResult(List.of(failure)));

    Applied applied = next(answers);
    assertThat(applied.snapshot()).isSameAs(snapshot);
    assertThat(applied.bindFailures()).containsExactly(failure);
    assertThat(applied.verdict(ResourceType.CLUSTER, "good")).isInstanceOf(Accepted.class);
    assertThat(applied.verdict(ResourceType.CLUSTER, "bad")).isInstanceOf(Rejected.class);
    assertThat(applied.verdict(ResourceType.LISTENER, "good")).isNull();
  }

  @Test
  void appliesOnlyTheLatestOfThoseThatWait() throws Exception {
    source.publish(cluster("a"));
    Installation first = next(installations);
    source.publish(cluster("b"));
    source.publish(cluster("c"));
    XdsSnapshot latest = cluster("d");
    source.publish(latest);
    first.result().complete(InstallResult.COMPLETE);

    Installation second = next(installations);
    assertThat(second.plan().clusters()).containsOnlyKeys("d");
    second.result().complete(InstallResult.COMPLETE);
    next(answers);
    assertThat(next(answers).snapshot()).isSameAs(latest);
    assertThat(installations).isEmpty();
  }

  @Test
  void goesOnAfterAFailedInstallation() throws Exception {
    source.publish(cluster("a"));
    next(installations).result().completeExceptionally(new IllegalStateException("a test"));
    source.publish(cluster("b"));

    Installation second = next(installations);
    assertThat(second.plan().clusters()).containsOnlyKeys("b");
    second.result().complete(InstallResult.COMPLETE);
    assertThat(next(answers).verdict(ResourceType.CLUSTER, "b")).isInstanceOf(Accepted.class);
  }

  @Test
  void whatTheProcessBeforeRanComesFirst() throws Exception {
    XdsSnapshot accepted = cluster("a");
    source.restore(accepted);
    XdsSnapshot read = cluster("b");
    source.publish(read);

    Installation first = next(installations);
    assertThat(first.plan().clusters()).containsOnlyKeys("a");
    first.result().complete(InstallResult.COMPLETE);
    assertThat(next(answers).snapshot()).isSameAs(accepted);
    Installation second = next(installations);
    assertThat(second.plan().clusters()).containsOnlyKeys("b");
    second.result().complete(InstallResult.COMPLETE);
    assertThat(next(answers).snapshot()).isSameAs(read);
  }

  @Test
  void takesNothingAfterTheEnd() {
    source.close();
    source.publish(cluster("a"));

    assertThat(installations).isEmpty();
  }
}
