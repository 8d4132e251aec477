package io.directfaas.xds.stream;

import org.jspecify.annotations.Nullable;

/**
 * Changes of one client on their way to the push queue. A change that comes alone passes at once.
 * Of a burst the first passes at once, and the rest is held, merged, until no further change has
 * come for a while, but not for ever. An urgent change passes at once and takes what is held along.
 *
 * <p>Times are nanoseconds of any one clock.
 */
final class Debounce {
  private final long quiet;
  private final long most;
  private @Nullable PushRequest held;
  private long heldSince;
  private long last;
  private boolean timed;

  /**
   * @param quiet how long no change must have come
   * @param most how long a change is held at most
   * @param now before the first change
   */
  Debounce(long quiet, long most, long now) {
    this.quiet = quiet;
    this.most = most;
    this.last = now - quiet;
  }

  /**
   * A change has come.
   *
   * @return in how many nanoseconds to {@link #take} it: 0 is now; negative if a timer runs already
   */
  synchronized long add(PushRequest request, long now) {
    boolean alone = held == null && now - last >= quiet;
    last = now;
    if (held == null) {
      held = request;
      heldSince = alone ? now - most : now;
    } else {
      held = held.merge(request);
    }
    long delay = Math.max(0, due() - now);
    if (delay > 0 && timed) {
      return -1;
    }
    timed |= delay > 0;
    return delay;
  }

  /** What is due, or null. */
  synchronized @Nullable PushRequest take(long now) {
    PushRequest request = held;
    if (request == null || due() - now > 0) {
      return null;
    }
    held = null;
    return request;
  }

  /**
   * The timer has fired and what was due is taken.
   *
   * @return in how many nanoseconds it must fire again, because a change has put it off; negative
   *     if it need not
   */
  synchronized long timerFired(long now) {
    timed = held != null;
    return timed ? Math.max(0, due() - now) : -1;
  }

  private long due() {
    if (held != null && held.urgent()) {
      return heldSince;
    }
    long limit = heldSince + most;
    long calm = last + quiet;
    return calm - limit < 0 ? calm : limit;
  }
}
