package dev.weir.core.api;

/**
 * An object of JSON that Weir passes on without a look at what it holds.
 *
 * @param json its text, in one line
 */
public record JsonObject(String json) {}
