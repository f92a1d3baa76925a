package dev.weir.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class when Netty's leak detector, which reports after a collection, found a leak.
 */
final class Leaks implements BeforeAllCallback, AfterAllCallback {
  private @Nullable LogWatch watch;

  @Override
  public void beforeAll(ExtensionContext context) {
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    watch = new LogWatch(ResourceLeakDetector.class);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    for (int round = 0; round < 3; round++) {
      System.gc();
      // The detector looks for collected buffers when it is asked to track another one.
      ByteBufAllocator.DEFAULT.buffer(16).release();
    }
    LogWatch watched = Objects.requireNonNull(watch);
    watched.close();
    assertThat(watched.messages).isEmpty();
  }
}
