package io.directfaas.sdn.openflow;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import org.jspecify.annotations.Nullable;
import org.projectfloodlight.openflow.exceptions.OFParseError;
import org.projectfloodlight.openflow.protocol.OFFactories;
import org.projectfloodlight.openflow.protocol.OFMessage;
import org.projectfloodlight.openflow.protocol.OFMessageReader;

/**
 * Cuts the stream into frames first and parses each second, so that a message the codec does not
 * know costs that message and nothing else. Gives {@link OFMessage} or {@link Unparsed}.
 */
final class FrameDecoder extends LengthFieldBasedFrameDecoder {
  private static final int MAX_FRAME = 65535;
  private static final int HEADER = 8;
  private static final int MULTIPART_FLAGS_OFFSET = 10;

  private final OFMessageReader<OFMessage> reader = OFFactories.getGenericReader();

  FrameDecoder() {
    // ofp_header: version(1) type(1) length(2) xid(4); the length counts the header, too.
    super(MAX_FRAME, 2, 2, -4, 0, true);
  }

  @Override
  protected @Nullable Object decode(ChannelHandlerContext context, ByteBuf in) throws Exception {
    ByteBuf frame = (ByteBuf) super.decode(context, in);
    if (frame == null) {
      return null;
    }
    try {
      int start = frame.readerIndex();
      int length = frame.readableBytes();
      int type = frame.getUnsignedByte(start + 1);
      long xid = length >= HEADER ? frame.getUnsignedInt(start + 4) : 0;
      boolean more =
          type == Unparsed.MULTIPART_REPLY
              && length >= MULTIPART_FLAGS_OFFSET + 2
              && (frame.getUnsignedShort(start + MULTIPART_FLAGS_OFFSET) & 1) != 0;
      try {
        OFMessage message = reader.readFrom(frame);
        return message == null ? new Unparsed(type, xid, more, "empty") : message;
      } catch (OFParseError | RuntimeException e) {
        return new Unparsed(type, xid, more, String.valueOf(e.getMessage()));
      }
    } finally {
      frame.release();
    }
  }
}
