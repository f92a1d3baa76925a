package dev.weir.proxy.exchange;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.observe.MirrorResult;
import dev.weir.proxy.plan.Action.Mirror;
import dev.weir.proxy.plan.Action.WeightedBackend;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The copies of one request for the mirrors of its route. The exchange tells them what it sends to
 * its backend and hears nothing from them. A copy whose request is whole outlives the exchange; any
 * other ends with it.
 */
final class Shadows {
  /** Most bytes of a body that wait for a mirror, beside what its connection has taken. */
  static final int MOST_WAITING = 256 * 1024;

  /** From the end of the request on, unless the route has a timeout of its own. */
  private static final long NANOS = TimeUnit.SECONDS.toNanos(15);

  private static final Logger LOG = LoggerFactory.getLogger(Shadows.class);
  private static final byte[] SUFFIX = "-shadow".getBytes(StandardCharsets.US_ASCII);

  private final List<Shadow> shadows;

  private Shadows(List<Shadow> shadows) {
    this.shadows = shadows;
  }

  /**
   * The copies of a request, not sent yet; null if there are none, as for most requests. What asks
   * for an upgrade is not copied: of a tunnel there is no shadow.
   *
   * @param backend that was chosen for it
   * @param routeNanos the route's limit for the whole exchange; 0: none
   * @param request as the backend gets it
   * @param headOnly no body follows
   */
  static @Nullable Shadows of(
      WeightedBackend backend,
      long routeNanos,
      RequestHead request,
      boolean headOnly,
      Exchanges worker) {
    List<Mirror> mirrors = backend.mirrors();
    if (mirrors.isEmpty() || request.fields().contains(HeaderName.UPGRADE)) {
      return null;
    }
    List<Shadow> shadows = new ArrayList<>(mirrors.size());
    for (int i = 0; i < mirrors.size(); i++) {
      Mirror mirror = mirrors.get(i);
      if (!drawn(mirror, worker.random())) {
        continue;
      }
      if (worker.sideRequests().addShadow()) {
        shadows.add(
            new Shadow(worker, mirror, request, headOnly, routeNanos > 0 ? routeNanos : NANOS));
      } else {
        worker.observer().mirrored(mirror.cluster(), MirrorResult.DROPPED);
      }
    }
    return shadows.isEmpty() ? null : new Shadows(shadows);
  }

  /** Whether a request belongs to the mirror's share. */
  static boolean drawn(Mirror mirror, SplittableRandom random) {
    return mirror.numerator() >= mirror.denominator()
        || random.nextInt(mirror.denominator()) < mirror.numerator();
  }

  private static RequestHead copy(RequestHead request, boolean hostSuffix) {
    RequestHead copy = Copies.of(request);
    // The body comes whether or not the mirror asks for it.
    copy.fields().remove(HeaderName.EXPECT);
    if (hostSuffix) {
      copy.authority(withSuffix(copy));
    }
    return copy;
  }

  private static byte[] withSuffix(RequestHead head) {
    byte[] bytes = head.bytes();
    int start = head.authorityStart();
    int end = head.authorityEnd();
    int hostEnd = start;
    while (hostEnd < end && bytes[hostEnd] != ':') {
      hostEnd++;
    }
    if (hostEnd == start || bytes[start] == '[') {
      return Arrays.copyOfRange(bytes, start, end);
    }
    byte[] longer = new byte[end - start + SUFFIX.length];
    System.arraycopy(bytes, start, longer, 0, hostEnd - start);
    System.arraycopy(SUFFIX, 0, longer, hostEnd - start, SUFFIX.length);
    System.arraycopy(bytes, hostEnd, longer, hostEnd - start + SUFFIX.length, end - hostEnd);
    return longer;
  }

  /** Sends what there is, on connections of their own. */
  void start() {
    each(shadow -> shadow.request.start());
  }

  /** The backend is about to get this piece of the body; the caller's reference stays its own. */
  void body(ByteBuf data, boolean last) {
    each(shadow -> shadow.request.send(data.retainedDuplicate(), last));
  }

  /** The backend gets these trailers. */
  void trailers(Fields trailers) {
    each(shadow -> shadow.request.sendTrailers(trailers));
  }

  /** Hands what was sent to the sockets. */
  void flush() {
    each(shadow -> shadow.request.flush());
  }

  /** Nothing more comes from the exchange. */
  void exchangeOver() {
    each(Shadow::exchangeOver);
  }

  /** A bug in one of them must not reach the exchange. */
  private void each(Consumer<Shadow> action) {
    for (int i = 0; i < shadows.size(); i++) {
      try {
        action.accept(shadows.get(i));
      } catch (RuntimeException bug) {
        LOG.error("A copy of a request failed", bug);
        shadows.get(i).drop();
      }
    }
  }

  /** One copy. Of the answer only that it came is noted. */
  private static final class Shadow implements SideRequest.Receiver {
    private final Exchanges worker;
    private final Mirror mirror;
    private final SideRequest request;
    private boolean over;

    Shadow(Exchanges worker, Mirror mirror, RequestHead original, boolean headOnly, long nanos) {
      this.worker = worker;
      this.mirror = mirror;
      this.request =
          new SideRequest(
              worker,
              mirror.cluster(),
              copy(original, mirror.hostSuffix()),
              headOnly,
              nanos,
              MOST_WAITING,
              this);
    }

    @Override
    public void head(ResponseHead head) {}

    @Override
    public void body(ByteBuf data) {
      data.release();
    }

    @Override
    public void trailers(Fields trailers) {}

    @Override
    public void ended() {
      end(MirrorResult.ANSWERED);
    }

    @Override
    public void failed(Failure failure) {
      if (failure.equals(SideRequest.TIMEOUT)) {
        end(MirrorResult.TIMED_OUT);
      } else if (failure.equals(SideRequest.TOO_SLOW)) {
        end(MirrorResult.DROPPED);
      } else {
        end(MirrorResult.FAILED);
      }
    }

    void exchangeOver() {
      if (request.requestWhole()) {
        request.flush();
      } else {
        drop();
      }
    }

    void drop() {
      request.cancel();
      end(MirrorResult.DROPPED);
    }

    private void end(MirrorResult result) {
      if (!over) {
        over = true;
        worker.sideRequests().removeShadow();
        worker.observer().mirrored(mirror.cluster(), result);
      }
    }
  }
}
