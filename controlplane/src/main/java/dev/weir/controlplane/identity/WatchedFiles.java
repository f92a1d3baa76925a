package dev.weir.controlplane.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What small files say, as of the last time they could be used. */
final class WatchedFiles<T> implements Supplier<T> {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedFiles.class);

  private final List<Path> files;
  private final Reading<T> reading;
  private T current;
  private List<FileTime> times;

  private WatchedFiles(List<Path> files, Reading<T> reading, T current, List<FileTime> times) {
    this.files = files;
    this.reading = reading;
    this.current = current;
    this.times = times;
  }

  /** What the texts of the files mean together. */
  interface Reading<T> {
    T of(List<String> texts) throws InvalidMaterial;
  }

  static <T> WatchedFiles<T> of(List<Path> files, Reading<T> reading) throws InvalidMaterial {
    try {
      // Before the content: what changes in between is read again.
      List<FileTime> times = times(files);
      return new WatchedFiles<>(files, reading, reading.of(texts(files)), times);
    } catch (IOException e) {
      throw new InvalidMaterial("cannot read " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized T get() {
    try {
      List<FileTime> now = times(files);
      if (!now.equals(times)) {
        // Also if it fails: said once for each change.
        times = now;
        current = reading.of(texts(files));
      }
    } catch (IOException | InvalidMaterial e) {
      LOG.warn("{} cannot be used, what was there before stays: {}", files, e.getMessage());
    }
    return current;
  }

  private static List<FileTime> times(List<Path> files) throws IOException {
    List<FileTime> times = new ArrayList<>();
    for (Path file : files) {
      times.add(Files.getLastModifiedTime(file));
    }
    return times;
  }

  private static List<String> texts(List<Path> files) throws IOException {
    List<String> texts = new ArrayList<>();
    for (Path file : files) {
      texts.add(Files.readString(file, StandardCharsets.ISO_8859_1));
    }
    return texts;
  }
}
