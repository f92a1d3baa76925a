package dev.weir.proxy.plan;

import dev.weir.core.http.RequestHead;
import dev.weir.proxy.plan.RouteTable.Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one virtual host as a radix tree over the bytes of their paths. Its answer is that
 * of an ordered list, in which the first route that matches wins, but only routes whose path can
 * match are looked at: those on the way from the root to the request's path. Immutable.
 */
final class PathIndex {
  private static final Candidate[] NONE = {};

  private final Node root = new Node(new byte[0], null);

  PathIndex(List<Entry> routes) {
    for (int rank = 0; rank < routes.size(); rank++) {
      Entry route = routes.get(rank);
      List<Condition> conditions = route.conditions();
      switch (route.path()) {
        case PathMatch.Exact(String path) ->
            node(path).exact.add(new Candidate(rank, conditions, route.plan()));
        case PathMatch.SegmentPrefix(String prefix) ->
            node(prefix).segments.add(new Candidate(rank, conditions, route.plan()));
        case PathMatch.Prefix(String prefix) ->
            node(prefix).prefix.add(new Candidate(rank, conditions, route.plan()));
        case PathMatch.Regex regex -> {
          List<Condition> all = new ArrayList<>(conditions);
          all.add(new WholePath(new ValueMatch.Regex(regex.pattern())));
          node(regex.literalPrefix()).prefix.add(new Candidate(rank, all, route.plan()));
        }
      }
    }
    freeze();
  }

  /** The first route in order that matches, or null. */
  @Nullable RoutePlan find(RequestHead request) {
    byte[] bytes = request.bytes();
    int start = request.pathStart();
    int end = request.pathEnd();
    Node deepest = root;
    int at = start;
    while (at < end) {
      Node child = deepest.child(bytes[at]);
      if (child == null || !child.labelAt(bytes, at, end)) {
        break;
      }
      at += child.label.length;
      deepest = child;
    }
    // Upwards: long paths usually come first in order, and then nothing above them needs a look.
    @Nullable Candidate best = null;
    for (Node node = deepest; node != null; node = node.parent) {
      if (best != null && node.firstRankUpwards > best.rank) {
        break;
      }
      at = start + node.depth;
      if (at == end) {
        best = earlier(best, node.exactList, request);
      }
      if (at == end || bytes[at] == '/') {
        best = earlier(best, node.segmentsList, request);
      }
      best = earlier(best, node.prefixList, request);
    }
    return best == null ? null : best.plan;
  }

  private static @Nullable Candidate earlier(
      @Nullable Candidate best, Candidate[] candidates, RequestHead request) {
    for (Candidate candidate : candidates) {
      if (best != null && candidate.rank > best.rank) {
        return best;
      }
      if (candidate.matches(request)) {
        return candidate;
      }
    }
    return best;
  }

  // --- building --------------------------------------------------------------------------------

  private Node node(String path) {
    byte[] key = path.getBytes(StandardCharsets.UTF_8);
    Node node = root;
    int at = 0;
    while (at < key.length) {
      Node child = node.child(key[at]);
      if (child == null) {
        child = new Node(Arrays.copyOfRange(key, at, key.length), node);
        node.put(child);
        return child;
      }
      int same = Arrays.mismatch(child.label, 0, child.label.length, key, at, key.length);
      if (same >= 0 && same < child.label.length) {
        child = child.split(same);
      }
      at += child.label.length;
      node = child;
    }
    return node;
  }

  private void freeze() {
    ArrayDeque<Node> open = new ArrayDeque<>(List.of(root));
    for (Node node = open.poll(); node != null; node = open.poll()) {
      node.freeze();
      open.addAll(Arrays.asList(node.children));
    }
  }

  /** A route at its place in the order. */
  private static final class Candidate {
    final int rank;
    final Condition[] conditions;
    final RoutePlan plan;

    Candidate(int rank, List<Condition> conditions, RoutePlan plan) {
      this.rank = rank;
      this.conditions = conditions.toArray(Condition[]::new);
      this.plan = plan;
    }

    boolean matches(RequestHead request) {
      for (Condition condition : conditions) {
        if (!condition.matches(request)) {
          return false;
        }
      }
      return true;
    }
  }

  /** The path without query as a whole. */
  private record WholePath(ValueMatch value) implements Condition {
    @Override
    public boolean matches(RequestHead request) {
      return value.matches(request.bytes(), request.pathStart(), request.pathEnd());
    }
  }

  /** A place in the tree: the path that its label ends. Changed only while the tree is built. */
  private static final class Node {
    byte[] label;
    int depth;
    @Nullable Node parent;
    byte[] firsts = {};
    Node[] children = {};

    /** The lowest rank of a candidate here or further up. */
    int firstRankUpwards = Integer.MAX_VALUE;

    final List<Candidate> exact = new ArrayList<>(0);
    final List<Candidate> segments = new ArrayList<>(0);
    final List<Candidate> prefix = new ArrayList<>(0);
    Candidate[] exactList = NONE;
    Candidate[] segmentsList = NONE;
    Candidate[] prefixList = NONE;

    Node(byte[] label, @Nullable Node parent) {
      this.label = label;
      this.parent = parent;
      this.depth = label.length + (parent == null ? 0 : parent.depth);
    }

    @Nullable Node child(byte first) {
      byte[] all = firsts;
      if (all.length > 8) {
        int index = Arrays.binarySearch(all, first);
        return index < 0 ? null : children[index];
      }
      for (int i = 0; i < all.length; i++) {
        if (all[i] == first) {
          return children[i];
        }
      }
      return null;
    }

    boolean labelAt(byte[] bytes, int from, int end) {
      return end - from >= label.length
          && Arrays.equals(bytes, from, from + label.length, label, 0, label.length);
    }

    void put(Node child) {
      int index = Arrays.binarySearch(firsts, child.label[0]);
      if (index >= 0) {
        children[index] = child;
        return;
      }
      int at = -index - 1;
      byte[] bytes = Arrays.copyOf(firsts, firsts.length + 1);
      Node[] nodes = Arrays.copyOf(children, children.length + 1);
      System.arraycopy(firsts, at, bytes, at + 1, firsts.length - at);
      System.arraycopy(children, at, nodes, at + 1, children.length - at);
      bytes[at] = child.label[0];
      nodes[at] = child;
      firsts = bytes;
      children = nodes;
    }

    /** Puts a node between this one and its parent, {@code length} bytes after the parent. */
    Node split(int length) {
      Node upper = new Node(Arrays.copyOf(label, length), parent);
      if (parent != null) {
        parent.put(upper);
      }
      label = Arrays.copyOfRange(label, length, label.length);
      parent = upper;
      upper.put(this);
      return upper;
    }

    void freeze() {
      exactList = reachable(exact);
      segmentsList = reachable(segments);
      prefixList = reachable(prefix);
      firstRankUpwards = parent == null ? Integer.MAX_VALUE : parent.firstRankUpwards;
      for (Candidate[] list : List.of(exactList, segmentsList, prefixList)) {
        if (list.length > 0) {
          firstRankUpwards = Math.min(firstRankUpwards, list[0].rank);
        }
      }
    }

    /** In order, up to the first that always matches: none after it can win. */
    private static Candidate[] reachable(List<Candidate> candidates) {
      int count = 0;
      while (count < candidates.size()) {
        if (candidates.get(count++).conditions.length == 0) {
          break;
        }
      }
      return count == 0 ? NONE : candidates.subList(0, count).toArray(NONE);
    }
  }
}
