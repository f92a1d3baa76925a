package dev.weir.proxy.compile;

import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import javax.net.ssl.SSLEngine;

/**
 * A context of BoringSSL whose connections give back their part of its memory when they end, and
 * not when a collector finds them: an engine with a finalizer outlives a collection, and takes all
 * of its connection with it into the old generation.
 *
 * <p>The context itself stays for as long as somebody can reach it, be it a plan that a connection
 * keeps while it waits for the ClientHello, and for its engines, which count as users of it.
 */
final class BoringSslContext extends DelegatingSslContext {
  private static final Cleaner CLEANER = Cleaner.create();

  /**
   * Takes a context over.
   *
   * @param counted of the provider {@code OPENSSL_REFCNT}, with one reference
   */
  BoringSslContext(SslContext counted) {
    super(counted);
    CLEANER.register(this, () -> ReferenceCountUtil.release(counted));
  }

  @Override
  protected void initEngine(SSLEngine engine) {
    stayUntilNow();
  }

  @Override
  protected void initHandler(SslHandler handler) {
    stayUntilNow();
  }

  /** An engine has been made, and holds the context from now on; until now this object had to. */
  @SuppressWarnings("ReachabilityFenceUsage") // called after what needs it, in a superclass
  private void stayUntilNow() {
    Reference.reachabilityFence(this);
  }
}
