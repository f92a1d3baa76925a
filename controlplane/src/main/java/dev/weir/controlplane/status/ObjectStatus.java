package dev.weir.controlplane.status;

import dev.weir.core.api.Kind;
import dev.weir.core.problem.ObjectRef;

/**
 * The status of one object.
 *
 * @param kind which, with its version
 * @param content the content of its {@code status} field, a record of {@code dev.weir.core.api}
 */
public record ObjectStatus(Kind kind, ObjectRef object, Record content) {}
