package dev.weir.features;

import dev.weir.core.filter.Call;
import dev.weir.core.filter.FilterExchange;
import dev.weir.core.filter.Step;
import dev.weir.core.http.RequestHead;

/** For filters that are stateless and ask the exchange for nothing. */
public final class NoExchange implements FilterExchange {
  @Override
  public RequestHead request() {
    throw new AssertionError();
  }

  @Override
  public String clientAddress() {
    throw new AssertionError();
  }

  @Override
  public String protocol() {
    throw new AssertionError();
  }

  @Override
  public int localPort() {
    throw new AssertionError();
  }

  @Override
  public long epochMillis() {
    throw new AssertionError();
  }

  @Override
  public void resume() {
    throw new AssertionError();
  }

  @Override
  public void reply(Step.Reply reply) {
    throw new AssertionError();
  }

  @Override
  public void call(Call call, Call.Receiver receiver) {
    throw new AssertionError();
  }
}
