package dev.weir.controlplane.status;

import dev.weir.core.problem.ObjectRef;

/**
 * The status of one object.
 *
 * @param content the content of its {@code status} field, a record of {@code dev.weir.core.api}
 */
public record ObjectStatus(ObjectRef object, Record content) {}
