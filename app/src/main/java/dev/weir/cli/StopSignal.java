package dev.weir.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGTERM and SIGINT as a wish to stop. Left alone, the JVM ends with status 143 or 130 however
 * well the stop went, which service managers take for a failure. The second signal ends it at once.
 */
final class StopSignal {
  private static final Logger log = LoggerFactory.getLogger(StopSignal.class);

  /** What was done about each of the signals before. */
  private final Map<Object, Object> before = new LinkedHashMap<>();

  private final CountDownLatch came = new CountDownLatch(1);

  private StopSignal() {}

  /** Takes both signals over from the JVM. */
  static StopSignal install() {
    StopSignal signal = new StopSignal();
    try {
      signal.handle("TERM");
      signal.handle("INT");
    } catch (ReflectiveOperationException | RuntimeException e) {
      // With -Xrs, say, signals are not for the JVM: then the process just ends.
      log.warn("signals will not stop the gateway gracefully: {}", e.toString());
    }
    return signal;
  }

  private void handle(String name) throws ReflectiveOperationException {
    Class<?> type = Class.forName("sun.misc.Signal");
    Object signal = type.getConstructor(String.class).newInstance(name);
    int number = (Integer) type.getMethod("getNumber").invoke(signal);
    Object stop =
        Proxy.newProxyInstance(
            StopSignal.class.getClassLoader(),
            new Class<?>[] {Class.forName("sun.misc.SignalHandler")},
            (proxy, method, arguments) -> {
              if (came.getCount() == 0) {
                Runtime.getRuntime().halt(128 + number);
              }
              came.countDown();
              return null;
            });
    before.put(signal, handle(signal, stop));
  }

  /** {@code sun.misc.Signal.handle}; by reflection, as the compiler warns of the class for ever. */
  private static Object handle(Object signal, Object handler) throws ReflectiveOperationException {
    Class<?> type = signal.getClass();
    try {
      return type.getMethod("handle", type, Class.forName("sun.misc.SignalHandler"))
          .invoke(null, signal, handler);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(signal + " is taken", e.getCause());
    }
  }

  /** Waits for the first of them. */
  void await() throws InterruptedException {
    came.await();
  }

  /** Leaves them to who had them before. */
  void giveBack() throws ReflectiveOperationException {
    for (Map.Entry<Object, Object> signal : before.entrySet()) {
      handle(signal.getKey(), signal.getValue());
    }
  }
}
