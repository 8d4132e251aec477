package io.directfaas.xds.stream;

import io.directfaas.xds.protocol.ResourceView;

/**
 * What a client is to be brought to.
 *
 * @param view all it may see from now on
 * @param epoch of the publication the view is of; they only grow
 * @param urgent whether somebody waits for it: it overtakes what is not, and is not held back
 * @param since when the oldest change in it was published, in nanoseconds of {@link
 *     System#nanoTime}
 */
record PushRequest(ResourceView view, long epoch, boolean urgent, long since) {
  /** Both in one: the newer view, as urgent as either, waiting since the older. */
  PushRequest merge(PushRequest other) {
    PushRequest newer = other.epoch >= epoch ? other : this;
    long oldest = other.since - since < 0 ? other.since : since;
    return new PushRequest(newer.view, newer.epoch, urgent || other.urgent, oldest);
  }
}
