package dev.weir.proxy.observe;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
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

  @Override
  public RelayObserver relays() {
    return new Relays(all.stream().map(ExchangeObserver::relays).toList());
  }

  private record Relays(List<RelayObserver> all) implements RelayObserver {
    @Override
    public void opened(String listener, String route) {
      for (int i = 0; i < all.size(); i++) {
        all.get(i).opened(listener, route);
      }
    }

    @Override
    public void completed(CompletedRelay relay) {
      for (int i = 0; i < all.size(); i++) {
        all.get(i).completed(relay);
      }
    }

    @Override
    public void refused(String listener, String peerAddress, Failure failure) {
      for (int i = 0; i < all.size(); i++) {
        all.get(i).refused(listener, peerAddress, failure);
      }
    }

    @Override
    public void dropped(String listener, Reason reason) {
      for (int i = 0; i < all.size(); i++) {
        all.get(i).dropped(listener, reason);
      }
    }
  }
}
