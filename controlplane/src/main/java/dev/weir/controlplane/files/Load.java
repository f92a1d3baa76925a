package dev.weir.controlplane.files;

import dev.weir.controlplane.decode.DecodedText;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Problem.Location;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the texts say. Immutable.
 *
 * @param state the valid objects, and last good versions of those that are not valid any more
 * @param problems all findings, in order of the texts
 * @param texts where it is said
 */
public record Load(ClusterState state, List<Problem> problems, List<DecodedText> texts) {
  /** Nothing. */
  public static final Load EMPTY = new Load(ClusterState.EMPTY, List.of(), List.of());

  public Load {
    problems = List.copyOf(problems);
    texts = List.copyOf(texts);
  }

  /** The texts that this was read from. */
  Sources sources() {
    return new Sources(texts.stream().map(DecodedText::source).toList(), List.of());
  }

  /** What {@link Sources#checksum} says of the texts that this was read from. */
  public String checksum() {
    return sources().checksum();
  }

  /** The same with further findings. */
  public Load with(List<Problem> further) {
    return new Load(state, Stream.concat(problems.stream(), further.stream()).toList(), texts);
  }

  /** Findings about objects, each with the place where its object stands. */
  public List<Problem> located(Collection<Problem> found) {
    if (found.isEmpty()) {
      return List.of();
    }
    Map<ObjectRef, @Nullable Location> places = new HashMap<>();
    found.forEach(problem -> places.put(problem.object(), null));
    for (DecodedText text : texts) {
      text.visit((decoded, above) -> {
        ObjectRef ref = decoded.ref();
        if (ref != null && places.containsKey(ref)) {
          places.putIfAbsent(ref, DecodedText.located(decoded, above).location());
        }
      });
    }
    return found.stream().map(problem -> problem.at(places.get(problem.object()))).toList();
  }
}
