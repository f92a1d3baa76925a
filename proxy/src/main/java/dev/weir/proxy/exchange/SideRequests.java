package dev.weir.proxy.exchange;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The side requests that run on one worker. */
final class SideRequests {
  /** Most shadows at once; requests that come beyond are not mirrored. */
  static final int MOST_SHADOWS = 1024;

  private final Set<SideRequest> running = new HashSet<>();
  private int shadows;

  void began(SideRequest request) {
    running.add(request);
  }

  void ended(SideRequest request) {
    running.remove(request);
  }

  /** Takes a place for a shadow, if there is one. */
  boolean addShadow() {
    if (shadows >= MOST_SHADOWS) {
      return false;
    }
    shadows++;
    return true;
  }

  void removeShadow() {
    shadows--;
  }

  /** Gives all of them up: the worker ends. */
  void cancelAll() {
    List.copyOf(running).forEach(SideRequest::cancel);
  }
}
