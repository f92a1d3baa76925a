package dev.weir.controller;

import java.nio.file.Path;
import java.util.List;

/** How controller and proxies know each other. */
public sealed interface XdsSecurity {
  /** Not at all: whoever reaches the port reads everything. */
  record Plaintext() implements XdsSecurity {}

  /**
   * By certificates of an authority that all controllers share: it signs the controller's own, and
   * those of proxies that show the token of their ServiceAccount.
   *
   * @param names at which proxies reach the controller
   */
  record Issued(List<String> names) implements XdsSecurity {
    public Issued {
      names = List.copyOf(names);
    }
  }

  /**
   * By certificates that somebody else issues, to proxies as well. The files are read again when
   * they have changed; while they cannot be used, what they held before is.
   *
   * @param certificate of the controller, in PEM
   * @param key of the certificate, in PEM
   * @param authorities that signed it and those of the proxies, in PEM
   */
  record Files(Path certificate, Path key, Path authorities) implements XdsSecurity {}
}
