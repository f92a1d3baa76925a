/**
 * The conformance runner: plays Gateway API test cases that are given as data against a gateway.
 *
 * <p>It stands in for the parts of a cluster that a gateway needs: the API server (YAML files in a
 * directory), the kubelet (echo backends for the Deployments) and the endpoint controller.
 */
@NullMarked
package dev.weir.conformance;

import org.jspecify.annotations.NullMarked;
