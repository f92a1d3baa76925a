package dev.weir.proxy.observe;

import dev.weir.core.failure.Failure;
import java.util.List;

/** Several observers as one. */
public record Observers(List<ExchangeObserver> all) implements ExchangeObserver {
  public Observers {
    all = List.copyOf(all);
  }

  @Override
  public void completed(CompletedExchange exchange) {
    for (int i = 0; i < all.size(); i++) {
      all.get(i).completed(exchange);
    }
  }

  @Override
  public void rejected(String listener, String peerAddress, Failure failure) {
    for (int i = 0; i < all.size(); i++) {
      all.get(i).rejected(listener, peerAddress, failure);
    }
  }

  @Override
  public void mirrored(String cluster, MirrorResult result) {
    for (int i = 0; i < all.size(); i++) {
      all.get(i).mirrored(cluster, result);
    }
  }
}
