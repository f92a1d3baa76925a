package dev.weir.core.api.k8s;

/** A port by number or by name. */
public sealed interface IntOrString {
  /** By number. */
  record Int(int value) implements IntOrString {}

  /** By name. */
  record Text(String value) implements IntOrString {}
}
