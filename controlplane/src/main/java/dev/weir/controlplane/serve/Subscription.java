package dev.weir.controlplane.serve;

import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.XdsSnapshot.Resource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a client has asked for of one type, what it was sent, and the response that it has not
 * answered yet: there is at most one, so that a slow client finds the newest state and not all that
 * were in between.
 */
final class Subscription {
  private static final String WILDCARD = "*";

  private final Set<String> names = new HashSet<>();
  private boolean all;

  /** What the client has once it has read what was sent. */
  private final Map<String, Held> held = new HashMap<>();

  /** Names that must be answered, if only with that there is nothing. */
  private final Set<String> owed = new HashSet<>();

  /** Whether the wildcard must be answered, if only with that there is nothing. */
  private boolean owesAll;

  /** The last response, and whether the client has yet to answer it. */
  private @Nullable Sent last;

  private boolean waiting;

  /** Whether all was asked for by no name at all, which then goes on to mean that. */
  private boolean allWithoutNames;

  private @Nullable Object compared;

  /**
   * What the client has of a name.
   *
   * @param resource null if only the version is known
   */
  record Held(String version, @Nullable Resource<?> resource) {}

  /**
   * A response.
   *
   * @param versions of its resources
   * @param removed names of which it says that they are no more
   */
  record Sent(String nonce, Map<String, String> versions, Collection<String> removed) {}

  boolean isWildcard() {
    return all;
  }

  /** What was asked for by name. */
  Set<String> names() {
    return names;
  }

  // --- what the client asks for ------------------------------------------------------------------

  void subscribe(String name) {
    compared = null;
    if (name.equals(WILDCARD)) {
      subscribeToAll();
    } else {
      names.add(name);
      // It may have thrown away what it had.
      held.remove(name);
      owed.add(name);
    }
  }

  /** The first request had no names, which means all for some types. */
  void subscribeWithoutNames() {
    allWithoutNames = true;
    subscribeToAll();
  }

  boolean isAllWithoutNames() {
    return allWithoutNames;
  }

  private void subscribeToAll() {
    if (!all) {
      all = true;
      owesAll = true;
      compared = null;
    }
  }

  void unsubscribe(String name) {
    compared = null;
    if (name.equals(WILDCARD)) {
      all = false;
      owesAll = false;
      held.keySet().retainAll(names);
    } else if (names.remove(name)) {
      owed.remove(name);
      held.remove(name);
      if (all) {
        // The client cannot know whether it is one of all.
        owed.add(name);
      }
    }
  }

  /** The client has these from an earlier stream. */
  void resume(Map<String, String> versions) {
    versions.forEach((name, version) -> {
      if (all || names.contains(name)) {
        held.put(name, new Held(version, null));
        owed.remove(name);
      }
    });
  }

  /** State of the world: the names take the place of all before. */
  void replace(Collection<String> wanted) {
    allWithoutNames = false;
    for (String name : Set.copyOf(names)) {
      if (!wanted.contains(name)) {
        unsubscribe(name);
      }
    }
    if (all && !wanted.contains(WILDCARD)) {
      unsubscribe(WILDCARD);
    }
    for (String name : wanted) {
      if (name.equals(WILDCARD) || !names.contains(name)) {
        subscribe(name);
      }
    }
  }

  // --- what there is to say ----------------------------------------------------------------------

  /** Whether a response is on its way that the client has not answered. */
  boolean isWaiting() {
    return waiting;
  }

  /** Whether the client has all there is and nothing else, for sure and without looking closely. */
  @SuppressWarnings("ReferenceEquality") // which is what saves looking closely
  boolean isKnownEqual(View view, ResourceType type) {
    return compared == view.identity(type) && !owesAnswer();
  }

  /** Nothing was found to be said about these resources. */
  void setEqual(View view, ResourceType type) {
    compared = view.identity(type);
  }

  boolean owesAll() {
    return owesAll;
  }

  boolean owesAnswer() {
    return owesAll || !owed.isEmpty();
  }

  /** Whether the client wants to know of the name. */
  boolean wants(String name) {
    return all || names.contains(name);
  }

  /** What the client wants that it does not have, in order of the names. */
  Map<String, Resource<?>> changes(View view, ResourceType type) {
    Map<String, Resource<?>> changes = new TreeMap<>();
    forEachWanted(
        view,
        type,
        resource -> {
          Held has = held.get(resource.name());
          if (has == null || !has.version.equals(resource.version())) {
            changes.put(resource.name(), resource);
          }
        });
    return changes;
  }

  /** All that the client wants and there is. */
  Map<String, Resource<?>> wanted(View view, ResourceType type) {
    Map<String, Resource<?>> wanted = new HashMap<>();
    forEachWanted(view, type, resource -> wanted.put(resource.name(), resource));
    return wanted;
  }

  private void forEachWanted(View view, ResourceType type, Consumer<Resource<?>> each) {
    if (all) {
      view.all(type).values().forEach(each);
    }
    for (String name : names) {
      Resource<?> resource = view.one(type, name);
      if (resource != null) {
        each.accept(resource);
      }
    }
  }

  /** What the client has and there is no more. */
  Set<String> gone(View view, ResourceType type) {
    Set<String> gone = new TreeSet<>();
    for (String name : held.keySet()) {
      if (view.one(type, name) == null) {
        gone.add(name);
      }
    }
    return gone;
  }

  /** Of these names, what the client has, for as long as it must not go. */
  Map<String, Resource<?>> kept(Collection<String> gone) {
    Map<String, Resource<?>> kept = new HashMap<>();
    for (String name : gone) {
      Held has = held.get(name);
      if (has != null && has.resource != null) {
        kept.put(name, has.resource);
      }
    }
    return kept;
  }

  /** Names that the client asks for and that there is nothing of. */
  Set<String> absent(View view, ResourceType type) {
    Set<String> absent = new TreeSet<>();
    for (String name : owed) {
      if (view.one(type, name) == null && !held.containsKey(name)) {
        absent.add(name);
      }
    }
    return absent;
  }

  // --- what was said -----------------------------------------------------------------------------

  /** A response with these resources is on its way. */
  void sent(Sent response, Collection<Resource<?>> resources, boolean keep) {
    last = response;
    waiting = true;
    compared = null;
    for (Resource<?> resource : resources) {
      held.put(resource.name(), new Held(resource.version(), keep ? resource : null));
      owed.remove(resource.name());
    }
    for (String name : response.removed) {
      held.remove(name);
      owed.remove(name);
    }
    owesAll = false;
  }

  /** Every name that waits was answered by a response that has everything there is. */
  void answeredAll() {
    owed.clear();
  }

  /** The client will not be told that these are no more. */
  void forget(Collection<String> gone) {
    held.keySet().removeAll(gone);
    compared = null;
  }

  /** That of the last response; empty if there was none. */
  String lastNonce() {
    return last == null ? "" : last.nonce;
  }

  /**
   * The client answers the response of that nonce.
   *
   * @return the response; null if it is not the last
   */
  @Nullable Sent answered(String nonce) {
    Sent response = last;
    if (response == null || !response.nonce.equals(nonce)) {
      return null;
    }
    waiting = false;
    return response;
  }
}
