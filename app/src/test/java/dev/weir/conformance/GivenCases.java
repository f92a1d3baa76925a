package dev.weir.conformance;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The cases beside the repository; the property {@code weir.conformance} names another folder. */
final class GivenCases {
  static final String ABSENT =
      "the Gateway API cases are not present in ../shared/gateway-api beside the repository;"
          + " -Dweir.conformance=DIR names another folder";

  private GivenCases() {}

  static @Nullable Path folder() {
    // Tests run in the folder of their module.
    return Conformance.data(
        Path.of(System.getProperty("weir.conformance", "../../shared/gateway-api")));
  }
}
