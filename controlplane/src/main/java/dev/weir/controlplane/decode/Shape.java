package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.Tree.Scalar;
import org.jspecify.annotations.Nullable;

/** How values of one Java type are read from trees. */
@FunctionalInterface
interface Shape {
  /**
   * Reads a value.
   *
   * @param tree not null in the sense of JSON
   * @return null if it is refused; the reason is among the findings then
   */
  @Nullable Object read(Tree tree, Path path, Findings findings);

  /** Reports that another type of value is needed. */
  static void wrongType(Tree tree, Path path, Findings findings, String expected) {
    String hint = "";
    if (tree instanceof Scalar scalar) {
      if (expected.equals("a string") && scalar.sort() != Tree.Sort.NULL) {
        hint = ": put it in quotes";
      } else if (expected.equals("a whole number") && YamlParser.isInteger(scalar.text())) {
        hint = ": remove the quotes";
      }
    }
    findings.error(
        "WrongType",
        path,
        tree.line(),
        "expected %s, found %s%s".formatted(expected, tree.description(), hint));
  }
}
