package dev.weir.cli;

import java.util.concurrent.Callable;

/** A command of {@code weir}: does something, and ends with an exit status. */
interface Command extends Callable<Integer> {
  /** What it takes. */
  Usage usage();
}
