package dev.weir.bench;

import dev.weir.proxy.http.h1.RequestReader;
import dev.weir.proxy.plan.HttpOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Reading a request head: the scan, the rules of the messages, and the path in its normal form. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class HeadScan {
  @Param({"tool", "browser"})
  public String client;

  private final RequestReader reader = new RequestReader();
  private ByteBuf head;

  @Setup
  public void prepare() {
    String text =
        switch (client) {
          case "tool" ->
              "GET /items/42?full=1 HTTP/1.1\r\nHost: shop.example\r\n"
                  + "User-Agent: tool/1\r\nAccept: */*\r\n\r\n";
          default ->
              "GET /items/42?full=1 HTTP/1.1\r\nHost: shop.example\r\n"
                  + "Connection: keep-alive\r\nCache-Control: max-age=0\r\n"
                  + "User-Agent: Browser/140.0 (X11; Linux x86_64) Engine/20100101\r\n"
                  + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
                  + "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.5\r\n"
                  + "Referer: https://shop.example/items\r\n"
                  + "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; seen=1\r\n"
                  + "Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Site: same-origin\r\n\r\n";
        };
    head =
        PooledByteBufAllocator.DEFAULT
            .directBuffer()
            .writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  @TearDown
  public void release() {
    head.release();
  }

  @Benchmark
  public Object read() {
    head.readerIndex(0);
    reader.begin(HttpOptions.DEFAULTS);
    return reader.read(head, HttpOptions.DEFAULTS);
  }
}
