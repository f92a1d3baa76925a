package dev.weir.controlplane.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.api.ObjectType;
import dev.weir.core.api.weir.Backend;
import dev.weir.core.api.weir.GatewayParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/**
 * The CRDs in {@code install/crds} are those of the records; {@code -Dgolden.write=true} writes
 * them. {@code CrdAdmissionTest} holds that they refuse what the decoder refuses.
 */
class CrdFilesTest {
  private static final Path FOLDER = Path.of("../install/crds");

  static List<ObjectType<?>> types() {
    return List.of(Backend.TYPE, GatewayParameters.TYPE);
  }

  @ParameterizedTest
  @MethodSource("types")
  void areUpToDate(ObjectType<?> type) throws IOException {
    Path file = FOLDER.resolve(type.kind().group() + "_" + type.kind().plural() + ".yaml");
    String text =
        "# Written by CrdFilesTest from the record; do not edit.\n"
            + new Dump(
                    DumpSettings.builder()
                        .setDefaultFlowStyle(FlowStyle.BLOCK)
                        .setIndicatorIndent(0)
                        .setSplitLines(false)
                        .build())
                .dumpToString(CrdWriter.crd(type));

    if (Boolean.getBoolean("golden.write")) {
      Files.createDirectories(FOLDER);
      Files.writeString(file, text);
    }
    assertThat(text).isEqualTo(Files.readString(file));
  }

  @Test
  void areAllThatThereAre() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(files).hasSize(types().size());
    }
  }
}
