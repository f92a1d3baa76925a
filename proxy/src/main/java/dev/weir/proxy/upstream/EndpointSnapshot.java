package dev.weir.proxy.upstream;

/**
 * One endpoint of a cluster as one worker sees it at one moment.
 *
 * @param address IP address and port, or {@code unix:} and a path
 * @param active attempts that run or wait
 * @param pending those of them that wait for a connection
 * @param connections open or being made
 * @param requests attempts so far
 * @param failures those that broke off
 * @param setAside whether it is avoided because it could not be connected a moment ago
 */
public record EndpointSnapshot(
    String address,
    int weight,
    int priority,
    String locality,
    int active,
    int pending,
    int connections,
    long requests,
    long failures,
    boolean setAside) {}
