package dev.weir.core.filter;

import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;

/**
 * A filter that keeps clients at the endpoint that answered them first. It does not run in the
 * chain: the exchange asks it before it chooses a backend, and tells it who has answered. All that
 * a client holds is a token with the id of an endpoint.
 */
public interface Sessions extends CompiledFilter {
  /** The id of no endpoint. */
  long NONE = 0;

  /** How endpoints are called in tokens. */
  EndpointIds ids();

  /**
   * The endpoint at which the client of a request is to stay. It may be none of the route's, or no
   * longer exist.
   *
   * @return {@link #NONE} if the request has no token, or one that is wrong or too old
   */
  long endpoint(RequestHead request, long epochMillis);

  /**
   * Lets a session begin with a response.
   *
   * @param endpoint that the response is from
   * @param secure whether it goes to the client in TLS
   */
  void begin(ResponseHead response, long endpoint, boolean secure, long epochMillis);

  @Override
  default HttpFilter open(FilterExchange exchange) {
    throw new UnsupportedOperationException("sessions are asked, they do not run in the chain");
  }

  /**
   * Gives endpoints ids from which their addresses cannot be read. Equal ones give equal ids, in
   * every process.
   */
  interface EndpointIds {
    /**
     * The id of an endpoint; never {@link #NONE}.
     *
     * @param cluster name of its cluster
     * @param address as text
     */
    long of(String cluster, String address);
  }
}
