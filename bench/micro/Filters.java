package dev.weir.proxy.exchange;

import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.Step;
import dev.weir.core.http.FieldEdit;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import java.nio.charset.StandardCharsets;
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
 * A chain of filters on both heads of an exchange, each of which changes the request as often as it
 * says: 0 edits are the cost of the chain alone.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Filters {
  private static final HeaderName ACCEPT = HeaderName.of("accept");
  private static final byte[] ANYTHING = bytes("*/*");

  @Param({"0", "1", "5", "10"})
  public int filters;

  @Param({"0", "1"})
  public int edits;

  // These filters ask for nothing of the exchange.
  private final FilterChain chain = new FilterChain(null);
  private final RequestHead request = new RequestHead(new Fields(512));
  private final ResponseHead response = new ResponseHead(new Fields(512));
  private CompiledFilter[] compiled;

  @Setup
  public void prepare() {
    compiled = new CompiledFilter[filters];
    for (int i = 0; i < filters; i++) {
      FieldEdit[] all = new FieldEdit[edits];
      for (int j = 0; j < edits; j++) {
        all[j] = new FieldEdit.Set(HeaderName.of("x-edit-" + i + "-" + j), bytes("some-value"));
      }
      HttpFilter filter = new Edits(all);
      compiled[i] = exchange -> filter;
    }
  }

  @Benchmark
  public Object pass() {
    request.fields().clear();
    request.fields().add(ACCEPT, ANYTHING);
    chain.begin(compiled);
    Step went = chain.requestHead(request, true);
    chain.beginResponse();
    Step came = chain.responseHead(response, true);
    chain.done();
    return went == came;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private record Edits(FieldEdit[] edits) implements HttpFilter {
    @Override
    public Step requestHead(RequestHead head, boolean last) {
      for (FieldEdit edit : edits) {
        edit.apply(head.fields());
      }
      return Step.NEXT;
    }
  }
}
