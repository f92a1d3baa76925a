/** The controller against an API server. */
@NullMarked
package dev.weir.controller;

import org.jspecify.annotations.NullMarked;
