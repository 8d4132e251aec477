package io.directfaas.xds.stream;

/** So many per second, and as many at once. Times are nanoseconds of any one clock. */
final class TokenBucket {
  private static final double NANOS = 1e9;

  private final double perSecond;
  private double tokens;
  private long last;

  TokenBucket(int perSecond, long now) {
    this.perSecond = perSecond;
    this.tokens = perSecond;
    this.last = now;
  }

  /** Takes a token, if there is one. */
  synchronized boolean tryTake(long now) {
    refill(now);
    if (tokens < 1) {
      return false;
    }
    tokens--;
    return true;
  }

  /** Takes a token, now or on credit, and returns in how many nanoseconds it is there. */
  synchronized long take(long now) {
    refill(now);
    tokens--;
    return tokens >= 0 ? 0 : (long) (-tokens / perSecond * NANOS);
  }

  synchronized boolean isFull(long now) {
    refill(now);
    return tokens >= perSecond;
  }

  private void refill(long now) {
    tokens = Math.min(perSecond, tokens + Math.max(0, now - last) / NANOS * perSecond);
    last = Math.max(last, now);
  }
}
