package dev.weir.core.api.schema;

/** A record with rules that annotations cannot express: the CEL rules of its schema. */
public interface Checked {
  /** Reports every broken rule. Called once all fields are valid by themselves. */
  void check(Violations violations);
}
