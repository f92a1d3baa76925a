package dev.weir.proxy.plan;

import dev.weir.core.http.RequestHead;
import dev.weir.proxy.plan.RouteTable.Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one virtual host as a radix tree over the bytes of their paths. Its answer is that
 * of an ordered list, in which the first route that matches wins, but only routes whose path can
 * match are looked at: those on the way from the root to the request's path. Immutable.
 */
final class PathIndex {
  private final @Nullable Node root;

  PathIndex(List<Entry> routes) {
    TreeMap<byte[], Lists> byPath = new TreeMap<>(Arrays::compare);
    for (int rank = 0; rank < routes.size(); rank++) {
      Entry route = routes.get(rank);
      List<Condition> conditions = route.conditions();
      switch (route.path()) {
        case PathMatch.Exact(String path) ->
            lists(byPath, path).exact.add(new Candidate(rank, conditions, route.plan()));
        case PathMatch.SegmentPrefix(String prefix) ->
            lists(byPath, prefix).segments.add(new Candidate(rank, conditions, route.plan()));
        case PathMatch.Prefix(String prefix) ->
            lists(byPath, prefix).prefix.add(new Candidate(rank, conditions, route.plan()));
        case PathMatch.Regex regex -> {
          List<Condition> all = new ArrayList<>(conditions);
          all.add(new WholePath(new ValueMatch.Regex(regex.pattern())));
          lists(byPath, regex.literalPrefix()).prefix.add(new Candidate(rank, all, route.plan()));
        }
      }
    }
    this.root = tree(byPath.keySet().toArray(byte[][]::new), List.copyOf(byPath.values()));
  }

  /** The first route in order that matches, or null. */
  @Nullable RoutePlan find(RequestHead request) {
    byte[] bytes = request.bytes();
    int start = request.pathStart();
    int end = request.pathEnd();
    Node deepest = null;
    int at = start;
    for (Node next = root; next != null && next.labelAt(bytes, at, end); ) {
      deepest = next;
      at += next.label.length;
      next = at < end ? next.child(bytes[at]) : null;
    }
    // Upwards: long paths usually come first in order, and then nothing above them needs a look.
    @Nullable Candidate best = null;
    for (Node node = deepest; node != null; node = node.parent) {
      if (best != null && node.firstRankUpwards > best.rank) {
        break;
      }
      at = start + node.depth;
      if (at == end) {
        best = earlier(best, node.exact, request);
      }
      if (at == end || bytes[at] == '/') {
        best = earlier(best, node.segments, request);
      }
      best = earlier(best, node.prefix, request);
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

  private static Lists lists(Map<byte[], Lists> byPath, String path) {
    return byPath.computeIfAbsent(path.getBytes(StandardCharsets.UTF_8), key -> new Lists());
  }

  /**
   * The tree over sorted keys. Keys with a common prefix stand side by side: each node is a range
   * of them, its children are the ranges by the byte after the prefix.
   */
  private static @Nullable Node tree(byte[][] keys, List<Lists> lists) {
    if (keys.length == 0) {
      return null;
    }
    Node root = node(null, keys, lists, 0, keys.length);
    // Most hosts have one path, and a start makes thousands of them in code that is interpreted.
    if (root.firsts.length == 0) {
      return root;
    }
    ArrayDeque<Range> open = new ArrayDeque<>(List.of(new Range(root, 0, keys.length)));
    for (Range range = open.poll(); range != null; range = open.poll()) {
      Node parent = range.node;
      int from = keys[range.from].length == parent.depth ? range.from + 1 : range.from;
      for (int child = 0; child < parent.firsts.length; child++) {
        int to = from + 1;
        while (to < range.to && keys[to][parent.depth] == parent.firsts[child]) {
          to++;
        }
        Node node = node(parent, keys, lists, from, to);
        parent.children[child] = node;
        open.add(new Range(node, from, to));
        from = to;
      }
    }
    return root;
  }

  /** The node of a range of keys: its path is what they have in common. */
  private static Node node(
      @Nullable Node parent, byte[][] keys, List<Lists> lists, int from, int to) {
    byte[] first = keys[from];
    int common = Arrays.mismatch(first, keys[to - 1]);
    int depth = common < 0 ? first.length : common;
    boolean ends = first.length == depth;
    return new Node(
        parent,
        Arrays.copyOfRange(first, parent == null ? 0 : parent.depth, depth),
        ends ? lists.get(from) : Lists.NONE,
        nextBytes(keys, ends ? from + 1 : from, to, depth));
  }

  private static byte[] nextBytes(byte[][] keys, int from, int to, int depth) {
    if (from == to) {
      return Node.NO_BYTES;
    }
    byte[] bytes = new byte[to - from];
    int count = 0;
    for (int i = from; i < to; i++) {
      if (count == 0 || bytes[count - 1] != keys[i][depth]) {
        bytes[count++] = keys[i][depth];
      }
    }
    return Arrays.copyOf(bytes, count);
  }

  /** Keys whose node is made and whose children are not. */
  private record Range(Node node, int from, int to) {}

  /** The candidates of one path, each list in order. */
  private record Lists(List<Candidate> exact, List<Candidate> segments, List<Candidate> prefix) {
    static final Lists NONE = new Lists(List.of(), List.of(), List.of());

    Lists() {
      this(new ArrayList<>(0), new ArrayList<>(0), new ArrayList<>(0));
    }

    /** In order, up to the first that always matches: none after it can win. */
    static Candidate[] reachable(List<Candidate> candidates) {
      if (candidates.isEmpty()) {
        return Candidate.NONE;
      }
      int count = 0;
      while (count < candidates.size()) {
        if (candidates.get(count++).conditions.length == 0) {
          break;
        }
      }
      return candidates.subList(0, count).toArray(Candidate[]::new);
    }
  }

  /** A route at its place in the order. */
  private static final class Candidate {
    static final Candidate[] NONE = {};
    private static final Condition[] UNCONDITIONAL = {};

    final int rank;
    final Condition[] conditions;
    final RoutePlan plan;

    Candidate(int rank, List<Condition> conditions, RoutePlan plan) {
      this.rank = rank;
      this.conditions = conditions.isEmpty() ? UNCONDITIONAL : conditions.toArray(Condition[]::new);
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

  /** A place in the tree: the end of the path that the labels from the root to it spell. */
  private static final class Node {
    private static final byte[] NO_BYTES = {};
    private static final Node[] NO_CHILDREN = {};

    final @Nullable Node parent;
    final byte[] label;

    /** Length of the path up to here. */
    final int depth;

    /** First bytes of the children's labels, ascending. */
    final byte[] firsts;

    final Node[] children;
    final Candidate[] exact;
    final Candidate[] segments;
    final Candidate[] prefix;

    /** The lowest rank of a candidate here or further up. */
    final int firstRankUpwards;

    Node(@Nullable Node parent, byte[] label, Lists lists, byte[] firsts) {
      this.parent = parent;
      this.label = label;
      this.depth = label.length + (parent == null ? 0 : parent.depth);
      this.firsts = firsts;
      this.children = firsts.length == 0 ? NO_CHILDREN : new Node[firsts.length];
      this.exact = Lists.reachable(lists.exact);
      this.segments = Lists.reachable(lists.segments);
      this.prefix = Lists.reachable(lists.prefix);
      int above = parent == null ? Integer.MAX_VALUE : parent.firstRankUpwards;
      this.firstRankUpwards =
          Math.min(Math.min(above, first(exact)), Math.min(first(segments), first(prefix)));
    }

    private static int first(Candidate[] inOrder) {
      return inOrder.length == 0 ? Integer.MAX_VALUE : inOrder[0].rank;
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
  }
}
