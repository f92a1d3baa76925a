package dev.weir.cli;

/** How a command prints: for people, or for programs. */
enum Output {
  text,
  json
}
