package dev.weir.controlplane.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.api.gateway.HttpRoute;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Changes of real files are seen, however they are made. */
class WatcherTest {
  private static final long PATIENCE_SECONDS = 10;

  /** From inotify.h. */
  private static final int IN_MODIFY = 0x2;

  private static final int IN_MOVED_TO = 0x80;

  @TempDir Path dir;
  private final BlockingQueue<Load> loads = new LinkedBlockingQueue<>();
  private @Nullable Watcher watcher;

  private void watch(Path... roots) throws IOException {
    ConfigFiles files = new ConfigFiles(List.of(roots));
    Manifests manifests = new Manifests(StandardTypes.ALL, InstantSource.system());
    Load current = files.load(manifests);
    loads.add(current);
    watcher = Watcher.start(files, manifests, current, loads::add);
  }

  @AfterEach
  void close() throws IOException {
    if (watcher != null) {
      watcher.close();
    }
  }

  private static String route(String name, String host) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: %s}
    spec: {hostnames: [%s]}
    """
        .formatted(name, host);
  }

  /** Waits for a load with exactly these routes, as {@code name=host}. */
  private Load await(String... routes) throws InterruptedException {
    String seen = "nothing";
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (System.nanoTime() < end) {
      Load load = loads.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (load != null) {
        seen = routes(load);
        if (seen.equals(String.join(" ", routes))) {
          return load;
        }
      }
    }
    throw new AssertionError("waited for %s, last seen: %s".formatted(List.of(routes), seen));
  }

  private static String routes(Load load) {
    return load.state().objects(HttpRoute.TYPE).stream()
        .map(route -> route.ref().name() + "=" + route.spec().hostnames().getFirst())
        .collect(Collectors.joining(" "));
  }

  @Test
  void writesRenamesAndDeletions() throws Exception {
    Path file = dir.resolve("a.yaml");
    Files.writeString(file, route("r", "a.example"));
    watch(dir);
    await("r=a.example");
    Files.writeString(file, route("r", "b.example"));
    await("r=b.example");

    Path temporary = dir.resolve("a.yaml.tmp");
    Files.writeString(temporary, route("r", "c.example"));
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    await("r=c.example");

    Files.writeString(dir.resolve("b.yml"), route("s", "a.example"));
    await("r=c.example", "s=a.example");
    Files.delete(file);
    await("s=a.example");
  }

  @Test
  void directoriesThatComeAndGo() throws Exception {
    watch(dir);
    await();
    Path deep = Files.createDirectories(dir.resolve("x/y/z"));
    Files.writeString(deep.resolve("a.yaml"), route("r", "a.example"));
    await("r=a.example");
    Files.writeString(deep.resolve("a.yaml"), route("r", "b.example"));
    await("r=b.example");
    Files.move(dir.resolve("x"), dir.resolve(".hidden"));
    await();
    Files.move(dir.resolve(".hidden"), dir.resolve("shown"));
    await("r=b.example");
    Files.writeString(dir.resolve("shown/y/z/a.yaml"), route("r", "c.example"));
    await("r=c.example");
  }

  @Test
  void swappedLinksOfMountedConfigMaps() throws Exception {
    Path first = Files.createDirectory(dir.resolve("..2026_01"));
    Files.writeString(first.resolve("a.yaml"), route("r", "a.example"));
    Files.createSymbolicLink(dir.resolve("..data"), Path.of("..2026_01"));
    Files.createSymbolicLink(dir.resolve("a.yaml"), Path.of("..data/a.yaml"));
    watch(dir);
    await("r=a.example");

    Path second = Files.createDirectory(dir.resolve("..2026_02"));
    Files.writeString(second.resolve("a.yaml"), route("r", "b.example"));
    Files.createSymbolicLink(dir.resolve("..data_tmp"), Path.of("..2026_02"));
    Files.move(dir.resolve("..data_tmp"), dir.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    Load load = await("r=b.example");
    assertThat(load.problems()).isEmpty();
  }

  @Test
  void targetsOfLinks(@TempDir Path elsewhere) throws Exception {
    Path target = elsewhere.resolve("real");
    Files.writeString(target, route("r", "a.example"));
    Files.createSymbolicLink(dir.resolve("a.yaml"), target);
    watch(dir);
    await("r=a.example");
    Path temporary = elsewhere.resolve("tmp");
    Files.writeString(temporary, route("r", "b.example"));
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    await("r=b.example");
  }

  @Test
  void singleFileAndReplacedDirectory() throws Exception {
    Path file = dir.resolve("one.yaml");
    Files.writeString(file, route("r", "a.example"));
    Path root = Files.createDirectory(dir.resolve("root"));
    Files.writeString(root.resolve("b.yaml"), route("s", "a.example"));
    watch(file, root);
    await("r=a.example", "s=a.example");

    Path next = Files.createDirectory(dir.resolve("next"));
    Files.writeString(next.resolve("b.yaml"), route("s", "b.example"));
    Files.move(root, dir.resolve("old"));
    Files.move(next, root);
    await("r=a.example", "s=b.example");

    Path temporary = dir.resolve("other");
    Files.writeString(temporary, route("r", "b.example"));
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    await("r=b.example", "s=b.example");
  }

  @Test
  void lostRootKeepsWhatItHeld() throws Exception {
    Path root = Files.createDirectory(dir.resolve("root"));
    Files.writeString(root.resolve("a.yaml"), route("r", "a.example"));
    watch(root);
    await("r=a.example");
    Files.move(root, dir.resolve("away"));
    Load load = await("r=a.example");
    assertThat(load.problems())
        .map(Object::toString)
        .containsExactly(
            root + ":1: there is no such file or directory",
            root
                + ":1: HTTPRoute/default/r: the version read before (generation 1) stays in use"
                + " until this is corrected");
  }

  @Test
  void brokenFileSaysSoAndKeepsTheLastGoodVersion() throws Exception {
    Path file = dir.resolve("a.yaml");
    Files.writeString(file, route("r", "a.example"));
    watch(dir);
    await("r=a.example");
    Files.writeString(file, "kind: [");
    Load load = await("r=a.example");
    assertThat(load.problems()).hasSize(2);
    Files.writeString(file, route("r", "b.example"));
    assertThat(await("r=b.example").problems()).isEmpty();
  }

  @Test
  void emptiedAndWrittenFileIsNotSeenEmpty() throws Exception {
    Path file = dir.resolve("a.yaml");
    Files.writeString(file, route("r", "a.example"));
    watch(dir);
    await("r=a.example");
    for (int i = 0; i < 20; i++) {
      try (var out = Files.newOutputStream(file)) { // truncates
        out.flush();
        Thread.onSpinWait();
        out.write(route("r", "v" + i + ".example").getBytes(StandardCharsets.UTF_8));
      }
      String expected = "r=v" + i + ".example";
      Load load;
      do {
        load = loads.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(load).isNotNull();
        assertThat(routes(load)).isNotEmpty();
      } while (!routes(load).equals(expected));
    }
  }

  /** Until the watcher has read all files and waits for what happens to them. */
  private static void awaitFirstLook() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> thread.getKey().getName().equals("weir-config"))
        .flatMap(thread -> Arrays.stream(thread.getValue()))
        .noneMatch(frame -> frame.getClassName().equals("sun.nio.fs.AbstractWatchService"))) {
      assertThat(System.nanoTime()).as("the watcher does not wait").isLessThan(end);
    }
  }

  @Test
  void fileThatIsBeingWrittenWhenTheWatchBeginsIsNotSeenEmpty() throws Exception {
    Path file = dir.resolve("a.yaml");
    Files.writeString(file, route("r", "a.example"));
    ConfigFiles files = new ConfigFiles(List.of(dir));
    Manifests manifests = new Manifests(StandardTypes.ALL, InstantSource.system());
    Load current = files.load(manifests);
    try (var out = Files.newOutputStream(file)) { // truncates
      watcher = Watcher.start(files, manifests, current, loads::add);
      awaitFirstLook();
      out.write(route("r", "b.example").getBytes(StandardCharsets.UTF_8));
    }
    Load load = loads.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(load).isNotNull();
    assertThat(routes(load)).isEqualTo("r=b.example");
  }

  @Test
  void changesAreSeenWithin100Milliseconds() throws Exception {
    Path file = dir.resolve("a.yaml");
    Files.writeString(file, route("r", "a.example"));
    watch(dir);
    await("r=a.example");
    Duration best = Duration.ofDays(1);
    for (int i = 0; i < 10; i++) {
      long begin = System.nanoTime();
      Files.writeString(file, route("r", "v" + i + ".example"));
      await("r=v" + i + ".example");
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      best = best.compareTo(took) < 0 ? best : took;
    }
    // The best of ten: others share this machine.
    assertThat(best).isLessThan(Duration.ofMillis(100));
  }

  @Test
  void unchangedContentIsNoChange() throws Exception {
    Path file = dir.resolve("a.yaml");
    Files.writeString(file, route("r", "a.example"));
    watch(dir);
    await("r=a.example");
    Files.writeString(file, route("r", "a.example"));
    Files.writeString(dir.resolve("notes.txt"), "nothing");
    Files.writeString(dir.resolve("b.yaml"), route("s", "a.example"));
    assertThat(routes(loads.take())).isEqualTo("r=a.example s=a.example");
  }

  /**
   * Logs beside the configuration wake nobody: of what is written there the kernel tells nothing.
   */
  @Test
  @EnabledOnOs(OS.LINUX)
  void whatIsWrittenBesideARootIsNotWatched() throws Exception {
    Path root = Files.createDirectory(dir.resolve("root"));
    Files.writeString(root.resolve("a.yaml"), route("r", "a.example"));
    watch(root);
    await("r=a.example");
    Files.writeString(root.resolve("a.yaml"), route("r", "b.example"));
    await("r=b.example"); // so it watches

    assertThat(watched(root) & IN_MODIFY).isNotZero();
    assertThat(watched(dir) & IN_MODIFY).isZero();
    assertThat(watched(dir) & IN_MOVED_TO).isNotZero();
  }

  /** What the kernel is to tell this process of a directory. */
  private static int watched(Path directory) throws IOException {
    String inode = "ino:%x ".formatted((Long) Files.getAttribute(directory, "unix:ino"));
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fdinfo"))) {
      return files
          .flatMap(WatcherTest::lines)
          .filter(line -> line.startsWith("inotify ") && line.contains(inode))
          .map(line -> line.replaceAll(".* mask:([0-9a-f]+).*", "$1"))
          .mapToInt(mask -> Integer.parseUnsignedInt(mask, 16))
          .reduce(0, (a, b) -> a | b);
    }
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readString(file).lines();
    } catch (IOException e) {
      return Stream.empty(); // closed meanwhile
    }
  }
}
