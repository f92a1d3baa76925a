package dev.weir.features.sessions;

import dev.weir.core.filter.Sessions;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;

/**
 * Sessions whose tokens travel in a cookie or a header.
 *
 * @param lifetimeMillis from the first response; 0: without end
 */
record SessionFilter(SessionKey key, SessionCarrier carrier, long lifetimeMillis)
    implements Sessions {
  @Override
  public EndpointIds ids() {
    return key;
  }

  @Override
  public long endpoint(RequestHead request, long epochMillis) {
    return carrier.read(request.fields(), key, lifetimeMillis, epochMillis);
  }

  @Override
  public void begin(ResponseHead response, long endpoint, boolean secure, long epochMillis) {
    carrier.write(response.fields(), SessionToken.write(key, endpoint, epochMillis), secure);
  }
}
