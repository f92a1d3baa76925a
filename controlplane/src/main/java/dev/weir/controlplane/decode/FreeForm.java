package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.controlplane.decode.Tree.Scalar;
import dev.weir.controlplane.decode.Tree.Sequence;
import dev.weir.controlplane.decode.Tree.Sort;
import dev.weir.core.api.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A mapping of anything, as JSON; numbers have to look alike in YAML and JSON. */
final class FreeForm implements Shape {
  private static final Pattern JSON_NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");

  @Override
  public @Nullable Object read(Tree tree, Path path, Findings findings) {
    if (!(tree instanceof Mapping)) {
      Shape.wrongType(tree, path, findings, "a mapping");
      return null;
    }
    return valid(tree, path, findings) ? new JsonObject(JsonText.write(tree)) : null;
  }

  private static boolean valid(Tree tree, Path path, Findings findings) {
    return switch (tree) {
      case Mapping mapping -> {
        boolean valid = true;
        Set<String> keys = new HashSet<>();
        for (Entry entry : mapping.entries()) {
          Path at = path.field(entry.key());
          if (!keys.add(entry.key())) {
            findings.error("Duplicate", at, entry.line(), "given twice");
            valid = false;
          }
          valid &= valid(entry.value(), at, findings);
        }
        yield valid;
      }
      case Sequence sequence -> {
        boolean valid = true;
        List<Tree> items = sequence.items();
        for (int i = 0; i < items.size(); i++) {
          valid &= valid(items.get(i), path.item(i), findings);
        }
        yield valid;
      }
      case Scalar scalar -> {
        boolean number = scalar.sort() == Sort.INTEGER || scalar.sort() == Sort.DECIMAL;
        boolean valid = !number || JSON_NUMBER.matcher(scalar.text()).matches();
        if (!valid) {
          findings.error(
              "InvalidValue",
              path,
              scalar.line(),
              "a number that different tools read differently: write it in decimal, or in quotes");
        }
        yield valid;
      }
    };
  }
}
