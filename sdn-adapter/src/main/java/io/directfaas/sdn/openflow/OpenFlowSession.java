package io.directfaas.sdn.openflow;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.projectfloodlight.openflow.protocol.OFAggregateStatsReply;
import org.projectfloodlight.openflow.protocol.OFBundleCtrlMsg;
import org.projectfloodlight.openflow.protocol.OFBundleCtrlType;
import org.projectfloodlight.openflow.protocol.OFBundleFlags;
import org.projectfloodlight.openflow.protocol.OFConfigFlags;
import org.projectfloodlight.openflow.protocol.OFControllerRole;
import org.projectfloodlight.openflow.protocol.OFEchoRequest;
import org.projectfloodlight.openflow.protocol.OFErrorMsg;
import org.projectfloodlight.openflow.protocol.OFFactories;
import org.projectfloodlight.openflow.protocol.OFFactory;
import org.projectfloodlight.openflow.protocol.OFFeaturesReply;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.OFFlowStatsEntry;
import org.projectfloodlight.openflow.protocol.OFFlowStatsReply;
import org.projectfloodlight.openflow.protocol.OFHello;
import org.projectfloodlight.openflow.protocol.OFHelloElem;
import org.projectfloodlight.openflow.protocol.OFHelloElemVersionbitmap;
import org.projectfloodlight.openflow.protocol.OFHelloFailedCode;
import org.projectfloodlight.openflow.protocol.OFMessage;
import org.projectfloodlight.openflow.protocol.OFMeterConfig;
import org.projectfloodlight.openflow.protocol.OFMeterConfigStatsReply;
import org.projectfloodlight.openflow.protocol.OFMeterMod;
import org.projectfloodlight.openflow.protocol.OFMeterStats;
import org.projectfloodlight.openflow.protocol.OFMeterStatsReply;
import org.projectfloodlight.openflow.protocol.OFPacketIn;
import org.projectfloodlight.openflow.protocol.OFPortDesc;
import org.projectfloodlight.openflow.protocol.OFPortDescStatsReply;
import org.projectfloodlight.openflow.protocol.OFPortReason;
import org.projectfloodlight.openflow.protocol.OFPortStatus;
import org.projectfloodlight.openflow.protocol.OFRoleReply;
import org.projectfloodlight.openflow.protocol.OFRoleStatus;
import org.projectfloodlight.openflow.protocol.OFStatsReply;
import org.projectfloodlight.openflow.protocol.OFStatsReplyFlags;
import org.projectfloodlight.openflow.protocol.OFVersion;
import org.projectfloodlight.openflow.types.BundleId;
import org.projectfloodlight.openflow.types.DatapathId;
import org.projectfloodlight.openflow.types.OFErrorCauseData;
import org.projectfloodlight.openflow.types.OFGroup;
import org.projectfloodlight.openflow.types.OFPort;
import org.projectfloodlight.openflow.types.TableId;
import org.projectfloodlight.openflow.types.U32;
import org.projectfloodlight.openflow.types.U64;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One established OpenFlow 1.4 connection. Requests block the calling thread (a virtual one, as a
 * rule), may be made from several threads, and are matched to answers by transaction id; bundles go
 * one at a time.
 */
public final class OpenFlowSession implements AutoCloseable {
  /** What this package speaks; messages for a session must be built by it. */
  public static final OFFactory FACTORY = OFFactories.getFactory(OFVersion.OF_14);

  private static final Logger log = LoggerFactory.getLogger(OpenFlowSession.class);
  private static final Set<OFBundleFlags> BUNDLE_FLAGS =
      EnumSet.of(OFBundleFlags.ATOMIC, OFBundleFlags.ORDERED);
  private static final int CHUNK = 128 * 1024;
  private static final int PACKET_BYTES = 128;
  // OFPM_ALL
  private static final long ALL_METERS = 0xffff_ffffL;

  private final SessionConfig config;
  private final Channel channel;
  private final ConcurrentHashMap<Long, Pending> pending;
  private final Inbound inbound;
  private final AtomicLong lastXid = new AtomicLong();
  private final AtomicLong lastBundle = new AtomicLong();
  private final ReentrantLock bundleLock = new ReentrantLock();
  private volatile @Nullable OFFeaturesReply features;

  private OpenFlowSession(SessionConfig config, Channel channel, Inbound inbound) {
    this.config = config;
    this.channel = channel;
    this.inbound = inbound;
    this.pending = inbound.pending;
  }

  /**
   * Connects, greets and asks for the switch's features.
   *
   * @throws OpenFlowException if the switch cannot be reached, does not answer in time or does not
   *     speak OpenFlow 1.4
   */
  static OpenFlowSession open(
      SocketAddress address,
      ChannelFactory<? extends Channel> transport,
      EventLoopGroup group,
      SessionConfig config)
      throws OpenFlowException, InterruptedException {
    Inbound inbound = new Inbound(config.silenceLimit());
    ChannelFuture connecting =
        new Bootstrap()
            .group(group)
            .channelFactory(transport)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new FrameDecoder(), inbound);
                  }
                })
            .connect(address);
    if (!connecting.await(config.handshakeTimeout().toMillis())) {
      connecting.cancel(true);
      connecting.channel().close();
      throw new OpenFlowException("connecting to " + address + " timed out");
    }
    if (!connecting.isSuccess()) {
      Throwable cause = connecting.cause();
      throw new OpenFlowException(
          "cannot connect to " + address + ": " + (cause == null ? "" : cause.getMessage()));
    }
    OpenFlowSession session = new OpenFlowSession(config, connecting.channel(), inbound);
    boolean established = false;
    try {
      session.handshake();
      established = true;
      return session;
    } finally {
      if (!established) {
        session.close();
      }
    }
  }

  /**
   * Greets a switch that has connected, and asks for its features.
   *
   * @throws OpenFlowException if it does not answer in time or does not speak OpenFlow 1.4; it is
   *     closed then
   */
  static OpenFlowSession accept(Channel channel, Inbound inbound, SessionConfig config)
      throws OpenFlowException, InterruptedException {
    OpenFlowSession session = new OpenFlowSession(config, channel, inbound);
    boolean established = false;
    try {
      session.handshake();
      established = true;
      return session;
    } finally {
      if (!established) {
        session.close();
      }
    }
  }

  private void handshake() throws OpenFlowException, InterruptedException {
    // By bitmap alone: a switch that also speaks 1.5 greets with a 1.5 header, which says nothing.
    OFHelloElem versions =
        FACTORY.helloElemVersionbitmap(List.of(U32.of(1L << OFVersion.OF_14.getWireVersion())));
    send(FACTORY.buildHello().setXid(nextXid()).setElements(List.of(versions)).build());
    OFHello hello = await(inbound.hello, config.handshakeTimeout(), "the switch's hello");
    if (!speaks14(hello)) {
      refuse(hello);
      throw new OpenFlowException(
          "the switch does not speak OpenFlow 1.4: add OpenFlow14 to the bridge's protocols");
    }
    features =
        request(FACTORY.buildFeaturesRequest().setXid(nextXid()).build(), OFFeaturesReply.class);
    var probing =
        channel
            .eventLoop()
            .scheduleAtFixedRate(
                this::probe,
                config.echoInterval().toMillis(),
                config.echoInterval().toMillis(),
                TimeUnit.MILLISECONDS);
    // The event loop outlives the session, and would keep it alive.
    channel.closeFuture().addListener(closed -> probing.cancel(false));
  }

  /** OpenFlow 1.4.0 section 6.3.1: the other side is told why. */
  private void refuse(OFHello hello) {
    send(
        FACTORY
            .errorMsgs()
            .buildHelloFailedErrorMsg()
            .setXid(hello.getXid())
            .setCode(OFHelloFailedCode.INCOMPATIBLE)
            .setData(OFErrorCauseData.NONE)
            .build());
  }

  private static boolean speaks14(OFHello hello) {
    for (OFHelloElem element : hello.getElements()) {
      if (element instanceof OFHelloElemVersionbitmap bitmap && !bitmap.getBitmaps().isEmpty()) {
        long bits = bitmap.getBitmaps().getFirst().getValue();
        return (bits >> OFVersion.OF_14.getWireVersion() & 1) != 0;
      }
    }
    // OpenFlow 1.3.1 section 6.3.1: without a bitmap, the header's version is the highest spoken.
    return hello.getVersion().getWireVersion() >= OFVersion.OF_14.getWireVersion();
  }

  private void probe() {
    if (!channel.isActive()) {
      return;
    }
    if (inbound.silentTooLong()) {
      log.warn("switch {} has been silent for {}; closing", dpid(), config.silenceLimit());
      channel.close();
      return;
    }
    send(FACTORY.buildEchoRequest().setXid(nextXid()).build());
  }

  /** What this session may do. */
  public Role role() {
    return inbound.role;
  }

  /**
   * Asks for a role.
   *
   * @param generation must not be older than any the switch has been shown; not sent for {@link
   *     Role#EQUAL}
   * @throws SwitchRefusedException if a newer generation has been shown
   * @throws OpenFlowException if the switch does not answer
   */
  public void become(Role wanted, long generation) throws OpenFlowException, InterruptedException {
    OFControllerRole role =
        switch (wanted) {
          case EQUAL -> OFControllerRole.ROLE_EQUAL;
          case MASTER -> OFControllerRole.ROLE_MASTER;
          case SLAVE -> OFControllerRole.ROLE_SLAVE;
        };
    request(
        FACTORY
            .buildRoleRequest()
            .setXid(nextXid())
            .setRole(role)
            .setGenerationId(U64.of(generation))
            .build(),
        OFRoleReply.class);
    inbound.role = wanted;
  }

  /**
   * The newest generation id that the switch has been shown; 0 if none has.
   *
   * @throws OpenFlowException if the switch does not answer
   */
  public long generation() throws OpenFlowException, InterruptedException {
    long shown =
        request(
                FACTORY
                    .buildRoleRequest()
                    .setXid(nextXid())
                    .setRole(OFControllerRole.ROLE_NOCHANGE)
                    .setGenerationId(U64.ZERO)
                    .build(),
                OFRoleReply.class)
            .getGenerationId()
            .getValue();
    // OpenFlow 1.4.0 section 7.3.10: all ones when there was none.
    return Math.max(shown, 0);
  }

  /** Whether the switch answers an echo within a time; unlike a request, silence closes nothing. */
  boolean answers(Duration limit) throws InterruptedException {
    OFMessage echo = FACTORY.buildEchoRequest().setXid(nextXid()).build();
    SinglePending single = new SinglePending();
    pending.put(echo.getXid(), single);
    try {
      send(echo);
      single.result.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    } finally {
      pending.remove(echo.getXid());
    }
  }

  public DatapathId dpid() {
    OFFeaturesReply known = features;
    return known == null ? DatapathId.NONE : known.getDatapathId();
  }

  public boolean isOpen() {
    return channel.isActive();
  }

  /** Completes when the connection has ended, for whatever reason. */
  public CompletableFuture<@Nullable Void> closed() {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    channel.closeFuture().addListener(f -> done.complete(null));
    return done;
  }

  /** How many messages came that the codec could not read. */
  public long unparsedMessages() {
    return inbound.unparsed.get();
  }

  /**
   * Every flow of one table, or of all ({@link TableId#ALL}), whoever wrote it.
   *
   * @throws OpenFlowException if the switch refuses, or does not answer in time
   */
  public FlowDump dumpFlows(TableId table) throws OpenFlowException, InterruptedException {
    long xid = nextXid();
    OFMessage request =
        FACTORY
            .buildFlowStatsRequest()
            .setXid(xid)
            .setTableId(table)
            .setOutPort(OFPort.ANY)
            .setOutGroup(OFGroup.ANY)
            .setCookie(U64.ZERO)
            .setCookieMask(U64.ZERO)
            .setMatch(FACTORY.matchWildcardAll())
            .build();
    Multipart answer = multipart(request, "the flow dump");
    List<OFFlowStatsEntry> entries = new ArrayList<>();
    for (OFStatsReply part : answer.parts()) {
      if (!(part instanceof OFFlowStatsReply flows)) {
        throw new OpenFlowException("flow dump answered by " + part.getStatsType());
      }
      entries.addAll(flows.getEntries());
    }
    return new FlowDump(List.copyOf(entries), answer.unparsedParts());
  }

  /**
   * Every meter.
   *
   * @throws OpenFlowException if the switch refuses, or does not answer in time
   */
  public List<OFMeterConfig> dumpMeters() throws OpenFlowException, InterruptedException {
    OFMessage request =
        FACTORY.buildMeterConfigStatsRequest().setXid(nextXid()).setMeterId(ALL_METERS).build();
    List<OFMeterConfig> meters = new ArrayList<>();
    for (OFStatsReply part : readable(multipart(request, "the list of meters"), "meters").parts()) {
      if (part instanceof OFMeterConfigStatsReply configs) {
        meters.addAll(configs.getEntries());
      }
    }
    return List.copyOf(meters);
  }

  /**
   * What every meter has counted.
   *
   * @throws OpenFlowException if the switch refuses, or does not answer in time
   */
  public List<OFMeterStats> meterCounters() throws OpenFlowException, InterruptedException {
    OFMessage request =
        FACTORY.buildMeterStatsRequest().setXid(nextXid()).setMeterId(ALL_METERS).build();
    List<OFMeterStats> counters = new ArrayList<>();
    for (OFStatsReply part :
        readable(multipart(request, "the meters' counters"), "meters").parts()) {
      if (part instanceof OFMeterStatsReply stats) {
        counters.addAll(stats.getEntries());
      }
    }
    return List.copyOf(counters);
  }

  private static Multipart readable(Multipart answer, String about) throws OpenFlowException {
    if (answer.unparsedParts() > 0) {
      throw new OpenFlowException("an answer about " + about + " could not be read");
    }
    return answer;
  }

  /**
   * Changes meters, one by one, for a bundle takes none; returns when the switch has done it.
   *
   * @return those it refused, with its reason
   * @throws OpenFlowException if the switch does not answer; some may have been changed
   */
  public Map<OFMeterMod, String> changeMeters(List<OFMeterMod> mods)
      throws OpenFlowException, InterruptedException {
    Map<Long, OFMeterMod> byXid = new LinkedHashMap<>();
    Map<Long, SinglePending> answers = new LinkedHashMap<>();
    try {
      for (OFMeterMod mod : mods) {
        long xid = nextXid();
        SinglePending refusal = new SinglePending();
        byXid.put(xid, mod);
        answers.put(xid, refusal);
        pending.put(xid, refusal);
        send(mod.createBuilder().setXid(xid).build());
      }
      // There is no answer to what is done; but refusals come before that to the barrier.
      barrier();
      Map<OFMeterMod, String> refused = new LinkedHashMap<>();
      answers.forEach(
          (xid, answer) -> {
            OFMeterMod mod = byXid.get(xid);
            if (answer.result.isCompletedExceptionally() && mod != null) {
              refused.put(mod, String.valueOf(answer.result.exceptionNow().getMessage()));
            }
          });
      return refused;
    } finally {
      pending.keySet().removeAll(byXid.keySet());
    }
  }

  /**
   * From now on packets that flows send to the controller come here, cut to some bytes.
   *
   * @param listener called on the connection's only thread, so it must be quick
   */
  public void receivePackets(Consumer<OFPacketIn> listener) {
    inbound.packets = listener;
    // On its management socket a switch sends none unless told how much of each.
    send(
        FACTORY
            .buildSetConfig()
            .setXid(nextXid())
            .setFlags(EnumSet.noneOf(OFConfigFlags.class))
            .setMissSendLen(PACKET_BYTES)
            .build());
  }

  /**
   * From now on {@link #links()} says what the switch does.
   *
   * @param changed called on the connection's only thread, so it must be quick
   * @throws OpenFlowException if the switch refuses, or does not answer in time
   */
  public void followLinks(Runnable changed) throws OpenFlowException, InterruptedException {
    inbound.linksChanged = changed;
    readable(
        multipart(
            FACTORY.buildPortDescStatsRequest().setXid(nextXid()).build(), "the list of ports"),
        "ports");
  }

  /** What the switch says of its ports' links, as far as it is followed. */
  public PortLinks links() {
    return inbound.links;
  }

  private Multipart multipart(OFMessage request, String what)
      throws OpenFlowException, InterruptedException {
    PartsPending parts = new PartsPending(what);
    pending.put(request.getXid(), parts);
    try {
      send(request);
      return await(parts.result, config.requestTimeout(), what);
    } finally {
      pending.remove(request.getXid());
    }
  }

  /**
   * How many flows stand in a table, readable or not.
   *
   * @throws OpenFlowException if the switch refuses, or does not answer in time
   */
  public long countFlows(TableId table) throws OpenFlowException, InterruptedException {
    return request(
            FACTORY
                .buildAggregateStatsRequest()
                .setXid(nextXid())
                .setTableId(table)
                .setOutPort(OFPort.ANY)
                .setOutGroup(OFGroup.ANY)
                .setCookie(U64.ZERO)
                .setCookieMask(U64.ZERO)
                .setMatch(FACTORY.matchWildcardAll())
                .build(),
            OFAggregateStatsReply.class)
        .getFlowCount();
  }

  /** Returns when the switch has done all that was sent before. */
  public void barrier() throws OpenFlowException, InterruptedException {
    request(FACTORY.buildBarrierRequest().setXid(nextXid()).build(), OFMessage.class);
  }

  /**
   * Applies all of these, in order and as one step that no packet sees half of, or none.
   *
   * @throws FlowsRejectedException if the switch refused some; nothing was applied
   * @throws OutcomeUnknownException if the switch did not answer the commit; dump to know
   * @throws OpenFlowException if anything else went wrong; nothing was applied
   */
  public void commit(List<? extends OFFlowMod> mods)
      throws OpenFlowException, InterruptedException {
    bundleLock.lockInterruptibly();
    try {
      commitLocked(mods);
    } finally {
      inbound.bundleErrors = null;
      bundleLock.unlock();
    }
  }

  private void commitLocked(List<? extends OFFlowMod> mods)
      throws OpenFlowException, InterruptedException {
    BundleId id = BundleId.of((int) lastBundle.incrementAndGet());
    control(id, OFBundleCtrlType.OPEN_REQUEST);
    long firstXid = lastXid.getAndAdd(mods.size()) + 1;
    BundleErrors errors = new BundleErrors(firstXid, mods.size());
    inbound.bundleErrors = errors;
    sendAdds(id, mods, firstXid);
    control(id, OFBundleCtrlType.CLOSE_REQUEST);
    // ATOMIC does not cover messages refused at bundle-add: a commit would apply the rest. The
    // switch
    // works through its messages in order, so with the reply to CLOSE every such error is here.
    if (!errors.byIndex.isEmpty()) {
      control(id, OFBundleCtrlType.DISCARD_REQUEST);
      Map<OFFlowMod, String> rejected = new LinkedHashMap<>();
      errors.byIndex.forEach((index, reason) -> rejected.put(mods.get(index), reason));
      throw new FlowsRejectedException(rejected);
    }
    try {
      control(id, OFBundleCtrlType.COMMIT_REQUEST);
    } catch (NoAnswerException e) {
      close();
      throw new OutcomeUnknownException(
          "no answer to the commit of " + mods.size() + " flows: " + e.getMessage(), e);
    } catch (OpenFlowException e) {
      if (errors.byIndex.isEmpty()) {
        throw e;
      }
      // Errors found at commit come with the xid of the message at fault; the switch rolled back.
      Map<OFFlowMod, String> rejected = new LinkedHashMap<>();
      errors.byIndex.forEach((index, reason) -> rejected.put(mods.get(index), reason));
      throw new FlowsRejectedException(rejected);
    }
  }

  /**
   * Encodes here and hands whole buffers to the channel: Netty counts an unencoded message as a few
   * bytes, so its watermarks never hold a large bundle back.
   */
  private void sendAdds(BundleId id, List<? extends OFFlowMod> mods, long firstXid)
      throws OpenFlowException, InterruptedException {
    int index = 0;
    while (index < mods.size()) {
      ByteBuf chunk = channel.alloc().buffer(CHUNK + CHUNK / 4);
      while (index < mods.size() && chunk.readableBytes() < CHUNK) {
        long xid = (firstXid + index) & 0xffffffffL;
        // The xid of the add must equal that of the message inside it, OpenFlow 1.4.0 section
        // 7.3.9.6.
        OFMessage inner = mods.get(index).createBuilder().setXid(xid).build();
        FACTORY
            .buildBundleAddMsg()
            .setXid(xid)
            .setBundleId(id)
            .setFlags(BUNDLE_FLAGS)
            .setData(inner)
            .build()
            .writeTo(chunk);
        index++;
      }
      ChannelFuture written = channel.writeAndFlush(chunk);
      if (!written.await(config.requestTimeout().toMillis()) || !written.isSuccess()) {
        close();
        throw new OpenFlowException("the connection broke while a bundle was being sent");
      }
    }
  }

  private void control(BundleId id, OFBundleCtrlType type)
      throws OpenFlowException, InterruptedException {
    request(
        FACTORY
            .buildBundleCtrlMsg()
            .setXid(nextXid())
            .setBundleId(id)
            .setBundleCtrlType(type)
            .setFlags(BUNDLE_FLAGS)
            .build(),
        OFBundleCtrlMsg.class);
  }

  private <T extends OFMessage> T request(OFMessage message, Class<T> answer)
      throws OpenFlowException, InterruptedException {
    SinglePending single = new SinglePending();
    pending.put(message.getXid(), single);
    try {
      send(message);
      OFMessage reply =
          await(single.result, config.requestTimeout(), "the answer to " + message.getType());
      if (!answer.isInstance(reply)) {
        throw new OpenFlowException(
            message.getType() + " was answered by " + reply.getType() + ", which is no answer");
      }
      return answer.cast(reply);
    } finally {
      pending.remove(message.getXid());
    }
  }

  private <T> T await(CompletableFuture<T> future, Duration limit, String what)
      throws OpenFlowException, InterruptedException {
    if (!channel.isActive()) {
      // It may have ended before this wait was registered, and then no one would end the wait.
      future.completeExceptionally(new NoAnswerException("the switch ended the connection"));
    }
    try {
      return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      // What comes late would be taken for the answer to something else: start afresh.
      close();
      throw new NoAnswerException(what + " did not come within " + limit.toMillis() + " ms");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof OpenFlowException known) {
        throw known;
      }
      throw new OpenFlowException(what + " failed: " + e.getCause(), e);
    }
  }

  private void send(OFMessage message) {
    ByteBuf buffer = channel.alloc().buffer();
    message.writeTo(buffer);
    channel.writeAndFlush(buffer);
  }

  private long nextXid() {
    return lastXid.incrementAndGet() & 0xffffffffL;
  }

  @Override
  public void close() {
    channel.close();
  }

  /** The answer will not come: the connection ended or the time is over. */
  private static final class NoAnswerException extends OpenFlowException {
    private static final long serialVersionUID = 1;

    NoAnswerException(String message) {
      super(message);
    }
  }

  /** Whoever waits for messages of one transaction id. */
  private interface Pending {
    /** Returns whether that was the last message of the answer. */
    boolean receive(OFMessage message);

    boolean receive(Unparsed message);

    void fail(OpenFlowException reason);
  }

  private static final class SinglePending implements Pending {
    final CompletableFuture<OFMessage> result = new CompletableFuture<>();

    @Override
    public boolean receive(OFMessage message) {
      if (message instanceof OFErrorMsg error) {
        result.completeExceptionally(new SwitchRefusedException("refused by the switch", error));
      } else {
        result.complete(message);
      }
      return true;
    }

    @Override
    public boolean receive(Unparsed message) {
      result.completeExceptionally(
          new OpenFlowException("unreadable answer of type " + message.type()));
      return true;
    }

    @Override
    public void fail(OpenFlowException reason) {
      result.completeExceptionally(reason);
    }
  }

  /** An answer in parts, some of which the codec may not have known. */
  private record Multipart(List<OFStatsReply> parts, int unparsedParts) {}

  private static final class PartsPending implements Pending {
    final CompletableFuture<Multipart> result = new CompletableFuture<>();
    private final String what;
    private final List<OFStatsReply> parts = new ArrayList<>();
    private int unparsedParts;

    PartsPending(String what) {
      this.what = what;
    }

    @Override
    public boolean receive(OFMessage message) {
      switch (message) {
        case OFErrorMsg error ->
            result.completeExceptionally(
                new OpenFlowException(what + " was refused: " + ErrorText.of(error)));
        case OFStatsReply part -> {
          parts.add(part);
          return finishUnless(part.getFlags().contains(OFStatsReplyFlags.REPLY_MORE));
        }
        default ->
            result.completeExceptionally(
                new OpenFlowException(what + " was answered by " + message.getType()));
      }
      return true;
    }

    @Override
    public boolean receive(Unparsed message) {
      unparsedParts++;
      return finishUnless(message.moreFollows());
    }

    private boolean finishUnless(boolean moreFollows) {
      if (!moreFollows) {
        result.complete(new Multipart(List.copyOf(parts), unparsedParts));
      }
      return !moreFollows;
    }

    @Override
    public void fail(OpenFlowException reason) {
      result.completeExceptionally(reason);
    }
  }

  /** The adds of the bundle under way that the switch refused, by their place in it. */
  private static final class BundleErrors {
    private final long firstXid;
    private final int count;
    final Map<Integer, String> byIndex = new ConcurrentHashMap<>();

    BundleErrors(long firstXid, int count) {
      this.firstXid = firstXid;
      this.count = count;
    }

    boolean accept(long xid, String reason) {
      long index = xid - firstXid & 0xffffffffL;
      if (index >= count) {
        return false;
      }
      byIndex.put((int) index, reason);
      return true;
    }
  }

  static final class Inbound extends SimpleChannelInboundHandler<Object> {
    final ConcurrentHashMap<Long, Pending> pending = new ConcurrentHashMap<>();
    final CompletableFuture<OFHello> hello = new CompletableFuture<>();
    final AtomicLong unparsed = new AtomicLong();
    volatile @Nullable BundleErrors bundleErrors;
    volatile Consumer<OFPacketIn> packets = packet -> {};
    volatile Role role = Role.EQUAL;
    volatile PortLinks links = PortLinks.UNKNOWN;
    volatile Runnable linksChanged = () -> {};

    private final Duration silenceLimit;
    private volatile long lastHeard = System.nanoTime();

    Inbound(Duration silenceLimit) {
      this.silenceLimit = silenceLimit;
    }

    boolean silentTooLong() {
      return System.nanoTime() - lastHeard > silenceLimit.toNanos();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Object received) {
      lastHeard = System.nanoTime();
      switch (received) {
        case OFHello greeting -> hello.complete(greeting);
        case OFEchoRequest echo ->
            reply(
                context,
                FACTORY.buildEchoReply().setXid(echo.getXid()).setData(echo.getData()).build());
        case OFErrorMsg error -> error(error);
        case OFPacketIn packet -> packets.accept(packet);
        case OFRoleStatus change -> demoted(change);
        case OFPortStatus change -> linked(change.getReason(), List.of(change.getDesc()));
        case OFPortDescStatsReply ports -> {
          // Here, where no later word can have been taken yet.
          linked(OFPortReason.MODIFY, ports.getEntries());
          deliver(ports.getXid(), p -> p.receive(ports));
        }
        case OFMessage message -> deliver(message.getXid(), p -> p.receive(message));
        case Unparsed message -> {
          unparsed.incrementAndGet();
          log.debug("unreadable message: {}", message);
          BundleErrors errors = bundleErrors;
          boolean refusedAdd =
              message.type() == Unparsed.ERROR
                  && errors != null
                  && errors.accept(message.xid(), "unreadable error: " + message.reason());
          if (!refusedAdd) {
            deliver(message.xid(), p -> p.receive(message));
          }
        }
        default -> log.debug("unexpected object {}", received);
      }
    }

    private void linked(OFPortReason reason, List<OFPortDesc> ports) {
      PortLinks before = links;
      PortLinks now = before;
      for (OFPortDesc port : ports) {
        now = now.after(reason, port);
      }
      links = now;
      if (!now.equals(before)) {
        linksChanged.run();
      }
    }

    /** Only ever sent to a master that another one has taken the place of. */
    private void demoted(OFRoleStatus change) {
      log.warn(
          "the switch says that the role is now {}, for {}", change.getRole(), change.getReason());
      if (change.getRole() == OFControllerRole.ROLE_SLAVE) {
        role = Role.SLAVE;
      } else if (change.getRole() == OFControllerRole.ROLE_EQUAL) {
        role = Role.EQUAL;
      }
    }

    private void error(OFErrorMsg error) {
      if (!hello.isDone()) {
        hello.completeExceptionally(
            new OpenFlowException("the switch refused the session: " + ErrorText.of(error)));
        return;
      }
      BundleErrors errors = bundleErrors;
      if (errors != null && errors.accept(error.getXid(), ErrorText.of(error))) {
        return;
      }
      if (!deliver(error.getXid(), p -> p.receive(error))) {
        log.warn("the switch reports {} for a message no one waits for", ErrorText.of(error));
      }
    }

    private boolean deliver(long xid, java.util.function.Predicate<Pending> message) {
      Pending waiting = pending.get(xid);
      if (waiting == null) {
        return false;
      }
      if (message.test(waiting)) {
        pending.remove(xid, waiting);
      }
      return true;
    }

    private static void reply(ChannelHandlerContext context, OFMessage message) {
      ByteBuf buffer = context.alloc().buffer();
      message.writeTo(buffer);
      context.writeAndFlush(buffer);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      NoAnswerException ended = new NoAnswerException("the switch ended the connection");
      hello.completeExceptionally(ended);
      pending.values().forEach(p -> p.fail(ended));
      pending.clear();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      log.warn("closing the OpenFlow connection: {}", cause.toString());
      context.close();
    }
  }
}
