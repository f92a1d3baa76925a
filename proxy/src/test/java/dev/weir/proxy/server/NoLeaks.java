package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Fails a test class when Netty's leak detector, which reports after a collection, found a leak.
 */
final class NoLeaks implements BeforeAllCallback, AfterAllCallback {
  private final Findings findings = new Findings();

  @Override
  public void beforeAll(ExtensionContext context) {
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    findings.start();
    root().addAppender(findings);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    for (int round = 0; round < 3; round++) {
      System.gc();
      // The detector looks for collected buffers when it is asked to track another one.
      ByteBufAllocator.DEFAULT.buffer(16).release();
    }
    root().detachAppender(findings);
    assertThat(findings.leaks).isEmpty();
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private static final class Findings extends AppenderBase<ILoggingEvent> {
    final List<String> leaks = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      if (event.getLoggerName().equals(ResourceLeakDetector.class.getName())) {
        leaks.add(event.getFormattedMessage());
      }
    }
  }
}
