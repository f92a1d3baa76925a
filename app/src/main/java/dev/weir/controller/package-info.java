/** The controller: an API server on one side, proxies on the other. */
@NullMarked
package dev.weir.controller;

import org.jspecify.annotations.NullMarked;
