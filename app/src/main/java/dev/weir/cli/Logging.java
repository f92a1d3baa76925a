package dev.weir.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.pattern.Abbreviator;
import ch.qos.logback.classic.pattern.TargetLengthBasedClassNameAbbreviator;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import org.slf4j.Logger;

/**
 * Log lines of the process go to standard error, so that access log and output of commands have
 * standard output to themselves. Level {@code INFO}, or {@code WEIR_LOG_LEVEL}; set up in code
 * since reading XML would take a good part of the start.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class Logging extends ContextAwareBase implements Configurator {
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);
  private static final int LEVEL_LENGTH = 6;
  private static final int NAME_LENGTH = 20;

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setLayout(new Line());
    encoder.start();
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setTarget("System.err");
    console.setEncoder(encoder);
    console.start();
    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.addAppender(console);
    root.setLevel(Level.toLevel(System.getenv("WEIR_LOG_LEVEL"), Level.INFO));
    if (System.getenv("WEIR_LOG_LEVEL") == null) {
      context.getLogger("io.netty").setLevel(Level.WARN);
      // Every retry of every watch, with its stack; what matters is said by Weir, once.
      context.getLogger("io.fabric8").setLevel(Level.OFF);
    }
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** Time, level, logger, message, stack; a pattern for the same would be read at each start. */
  private static final class Line extends LayoutBase<ILoggingEvent> {
    private final Abbreviator names = new TargetLengthBasedClassNameAbbreviator(NAME_LENGTH);

    @Override
    public String doLayout(ILoggingEvent event) {
      StringBuilder line = new StringBuilder(128);
      TIME.formatTo(event.getInstant(), line);
      line.append(' ').append(event.getLevel());
      line.repeat(' ', Math.max(1, LEVEL_LENGTH - event.getLevel().toString().length()));
      line.append(names.abbreviate(event.getLoggerName())).append(": ");
      line.append(event.getFormattedMessage()).append(System.lineSeparator());
      if (event.getThrowableProxy() != null) {
        line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
      }
      return line.toString();
    }
  }
}
