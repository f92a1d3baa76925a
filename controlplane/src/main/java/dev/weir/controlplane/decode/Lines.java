package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.controlplane.decode.Tree.Sequence;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the line of a place given as text. */
final class Lines {
  private static final Pattern STEP = Pattern.compile("\\.?([^.\\[]+)|\\[([^\\]]*)\\]");

  private Lines() {}

  /** The line of the deepest part of {@code path} that is there. */
  static int of(Tree root, String path) {
    Tree at = root;
    int line = root.line();
    Matcher step = STEP.matcher(path);
    while (step.find()) {
      String name = step.group(1) != null ? step.group(1) : step.group(2);
      switch (at) {
        case Mapping mapping -> {
          Entry found = null;
          for (Entry entry : mapping.entries()) {
            found = entry.key().equals(name) ? entry : found;
          }
          if (found == null) {
            return line;
          }
          line = found.line();
          at = found.value();
        }
        case Sequence sequence -> {
          int index = step.group(2) == null ? -1 : Integer.parseInt(name);
          if (index < 0 || index >= sequence.items().size()) {
            return line;
          }
          at = sequence.items().get(index);
          line = at.line();
        }
        case Tree.Scalar scalar -> {
          return line;
        }
      }
    }
    return line;
  }
}
