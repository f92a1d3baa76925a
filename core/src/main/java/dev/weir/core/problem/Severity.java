package dev.weir.core.problem;

/** How much a {@link Problem} matters. */
public enum Severity {
  /** The object, or the part of it that the path names, is not used. */
  ERROR,
  /** It is used, and probably not as meant. */
  WARNING
}
