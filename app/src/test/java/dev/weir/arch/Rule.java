package dev.weir.arch;

import com.tngtech.archunit.lang.ArchRule;

/**
 * One rule about the shape of the code, with code that breaks it.
 *
 * @param rule the rule, with its reason
 * @param counterexample Java sources that the rule must refuse, separated by lines of {@code ---};
 *     without it a rule about a package that nobody has written yet could not fail
 */
record Rule(String name, ArchRule rule, String counterexample) {
  @Override
  public String toString() {
    return name;
  }
}
