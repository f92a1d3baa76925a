package dev.weir.controlplane.files;

import dev.weir.controlplane.decode.Decoded;
import dev.weir.controlplane.decode.Metadata;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectMeta;
import dev.weir.core.problem.ObjectRef;
import java.time.Instant;

/** The metadata that an API server would give to an object. */
record Generation(ObjectMeta meta) {
  /** Of an object that was not there before. */
  static Generation first(ObjectRef ref, Decoded.Content<?> content, Instant now, long change) {
    Metadata written = content.metadata();
    return new Generation(
        new ObjectMeta(
            ref.name(),
            ref.namespace(),
            "",
            1,
            Long.toString(change),
            written.labels(),
            written.annotations(),
            written.creationTimestamp() == null ? now : written.creationTimestamp(),
            written.deletionTimestamp()));
  }

  /** Of the next version of an object; equal to that of the old one if nothing changed. */
  static Generation next(KubeObject<?> old, Decoded.Content<?> content, long change) {
    Metadata written = content.metadata();
    ObjectMeta before = old.meta();
    boolean sameSpec = old.spec().equals(content.spec());
    ObjectMeta unchanged =
        new ObjectMeta(
            before.name(),
            before.namespace(),
            before.uid(),
            before.generation(),
            before.resourceVersion(),
            written.labels(),
            written.annotations(),
            written.creationTimestamp() == null
                ? before.creationTimestamp()
                : written.creationTimestamp(),
            written.deletionTimestamp());
    if (sameSpec && unchanged.equals(before)) {
      return new Generation(unchanged);
    }
    return new Generation(
        new ObjectMeta(
            before.name(),
            before.namespace(),
            before.uid(),
            sameSpec ? before.generation() : before.generation() + 1,
            Long.toString(change),
            written.labels(),
            written.annotations(),
            unchanged.creationTimestamp(),
            written.deletionTimestamp()));
  }
}
