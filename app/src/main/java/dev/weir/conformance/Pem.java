package dev.weir.conformance;

/**
 * PEM material in an object.
 *
 * @param fromKind Secret or ConfigMap
 */
record Pem(String fromKind, String namespace, String name, String key) {}
