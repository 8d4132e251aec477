package io.directfaas.sdn.openflow;

/**
 * A well-framed message that the codec does not know. It never ends the session: switches are newer
 * than codecs.
 *
 * @param type the OpenFlow message type, offset 1 of the header
 * @param xid the transaction id
 * @param moreFollows for a multipart reply, whether OFPMPF_REPLY_MORE is set
 * @param reason why the codec refused it
 */
record Unparsed(int type, long xid, boolean moreFollows, String reason) {
  static final int ERROR = 1;
  static final int MULTIPART_REPLY = 19;
}
