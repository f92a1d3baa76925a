package dev.weir.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.pattern.Abbreviator;
import ch.qos.logback.classic.pattern.TargetLengthBasedClassNameAbbreviator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.CoreConstants;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.Reporter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * Log lines of the process go to standard error, so that access log and output of commands have
 * standard output to themselves. Level {@code INFO}, or {@code WEIR_LOG_LEVEL}. Logback, set up in
 * code: its own search for what to be set up by, and for something to say about that, would take a
 * twentieth of a start.
 */
public final class Logging implements SLF4JServiceProvider {
  private static final String SLF4J_VERSION = "2.0.99";
  private static final int LEVEL_LENGTH = 6;
  private static final int NAME_LENGTH = 20;

  private final LoggerContext context = new LoggerContext();
  private final LogbackMDCAdapter diagnostics = new LogbackMDCAdapter();
  private final IMarkerFactory markers = new BasicMarkerFactory();

  /** Has the process log like this; before anything logs. */
  static void use() {
    System.setProperty(LoggerFactory.PROVIDER_PROPERTY_KEY, Logging.class.getName());
    // SLF4J would tell everybody what it was just told.
    System.setProperty(Reporter.SLF4J_INTERNAL_VERBOSITY_KEY, "WARN");
  }

  @Override
  public void initialize() {
    context.setName(CoreConstants.DEFAULT_CONTEXT_NAME);
    context.setMDCAdapter(diagnostics);
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
    context.start();
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return context;
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return diagnostics;
  }

  @Override
  public String getRequestedApiVersion() {
    return SLF4J_VERSION;
  }

  /** How times are written; made with the first line, which most starts do without. */
  private static final class Time {
    static final DateTimeFormatter FORMAT =
        new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);
  }

  /** Time, level, logger, message, stack; a pattern for the same would be read at each start. */
  private static final class Line extends LayoutBase<ILoggingEvent> {
    private final Abbreviator names = new TargetLengthBasedClassNameAbbreviator(NAME_LENGTH);

    @Override
    public String doLayout(ILoggingEvent event) {
      StringBuilder line = new StringBuilder(128);
      Time.FORMAT.formatTo(event.getInstant(), line);
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
