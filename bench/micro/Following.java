package dev.weir.bench;

import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Load;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.resolve.ResolveOptions;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.controlplane.status.Fleet;
import dev.weir.controlplane.status.StatusBook;
import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.features.Features;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What stands before and behind {@link Changing} when one route among many is edited: its text
 * becomes an object, and what the proxies say of it status.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class Following {
  @Param({"10", "1000", "10000"})
  public int routes;

  private final Edited aFileEach = new Edited();
  private final Edited oneFile = new Edited();
  private final StatusBook book = new StatusBook(ResolveOptions.CONTROLLER_NAME);
  private Answered answered;
  private Answered other;

  /** Texts, and the same after an edit, there and back. */
  private static final class Edited {
    final Manifests manifests = new Manifests(StandardTypes.ALL, InstantSource.system());
    List<SourceText> now;
    List<SourceText> then;

    void prepare(List<SourceText> before, List<SourceText> after) {
      now = before;
      then = after;
    }

    Load next() {
      List<SourceText> next = then;
      then = now;
      now = next;
      return manifests.load(next);
    }
  }

  /** A translation that a proxy runs. */
  private record Answered(Translation translation, Fleet fleet) {}

  @Setup
  public void prepare() {
    ManyRoutes site = new ManyRoutes(routes);
    List<SourceText> texts = site.texts();
    List<SourceText> changed = new ArrayList<>(texts);
    String route = ManyRoutes.route(routes - 1, "/changed");
    changed.set(texts.size() - 1, SourceText.of(texts.getLast().name(), route));
    aFileEach.prepare(texts, changed);
    oneFile.prepare(List.of(joined(texts)), List.of(joined(changed)));

    Pipeline pipeline = new Pipeline(Features.ALL);
    answered = answered(pipeline.translate(site.state(), AddressAllocation.NONE));
    other = answered(pipeline.translate(site.with(route), AddressAllocation.NONE));
  }

  private static SourceText joined(List<SourceText> texts) {
    StringBuilder all = new StringBuilder();
    texts.forEach(text -> all.append("---\n").append(new String(text.content())).append('\n'));
    return SourceText.of("all.yaml", all.toString());
  }

  private static Answered answered(Translation translation) {
    Map<ResourceKey, Verdict> verdicts = new HashMap<>();
    XdsSnapshot snapshot = translation.snapshot();
    for (ResourceType type : ResourceType.values()) {
      snapshot
          .resources(type)
          .values()
          .forEach(resource ->
              verdicts.put(
                  new ResourceKey(type, resource.name()),
                  new Verdict.Accepted(resource.version())));
    }
    ProxyState proxy = new ProxyState("", translation.gateways().keySet(), verdicts, List.of());
    return new Answered(translation, new Fleet(translation.gateways(), List.of(proxy)));
  }

  /** An edit, with a file for each route. */
  @Benchmark
  public Object editOfAFileEach() {
    return aFileEach.next();
  }

  /** An edit, with all routes in one file, which is compared as a whole. */
  @Benchmark
  public Object editOfOneFile() {
    return oneFile.next();
  }

  /** The status of all objects, once the proxy runs a change of one route. */
  @Benchmark
  public Object status() {
    Answered next = other;
    other = answered;
    answered = next;
    return book.write(next.translation.resolution().report(), next.fleet, Instant.EPOCH);
  }
}
