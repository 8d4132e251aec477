package io.directfaas.sdn.openflow;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the connections of many switches. A session is kept by datapath id; whose node a datapath
 * is, is the matter of who asks for its link. Nothing is written to a switch that no one asks for.
 */
public final class SwitchServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SwitchServer.class);

  /** More than this machine's descriptors should go to strangers. */
  private static final int MAX_CONNECTIONS = 4096;

  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(2);

  private final SessionConfig config;
  private final Runnable onChange;
  private final @Nullable SslContext tls;
  private final EventLoopGroup group;
  private final AtomicInteger connections = new AtomicInteger();
  private final ConcurrentHashMap<Long, OpenFlowSession> sessions = new ConcurrentHashMap<>();
  private @Nullable Channel listening;
  private volatile boolean closing;

  /**
   * @param tls requires a client's certificate, if it is configured to; null for plain TCP
   * @param onChange called after a session was established and after one ended; must not block
   */
  public SwitchServer(SessionConfig config, @Nullable SslContext tls, Runnable onChange) {
    this.config = config;
    this.tls = tls;
    this.onChange = onChange;
    this.group =
        new MultiThreadIoEventLoopGroup(
            2, new DefaultThreadFactory("openflow", true), NioIoHandler.newFactory());
  }

  /**
   * @return the port listened on
   * @throws IOException if it cannot be listened on
   */
  public int listen(String host, int port) throws IOException, InterruptedException {
    var bound =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accepted(channel);
                  }
                })
            .bind(host, port)
            .await();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen on " + host + ":" + port + ": " + String.valueOf(bound.cause()));
    }
    listening = bound.channel();
    return ((InetSocketAddress) bound.channel().localAddress()).getPort();
  }

  private void accepted(Channel channel) {
    if (connections.incrementAndGet() > MAX_CONNECTIONS) {
      log.warn("refusing {}: too many connections", channel.remoteAddress());
      connections.decrementAndGet();
      channel.close();
      return;
    }
    channel.closeFuture().addListener(closed -> connections.decrementAndGet());
    OpenFlowSession.Inbound inbound = new OpenFlowSession.Inbound(config.silenceLimit());
    if (tls != null) {
      channel.pipeline().addLast(tls.newHandler(channel.alloc()));
    }
    channel.pipeline().addLast(new FrameDecoder(), new OnActive(inbound), inbound);
  }

  private final class OnActive extends ChannelInboundHandlerAdapter {
    private final OpenFlowSession.Inbound inbound;

    OnActive(OpenFlowSession.Inbound inbound) {
      this.inbound = inbound;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      context.fireChannelActive();
      Thread.ofVirtual().name("openflow-accept").start(() -> greet(context.channel(), inbound));
    }
  }

  private void greet(Channel channel, OpenFlowSession.Inbound inbound) {
    try {
      OpenFlowSession session = OpenFlowSession.accept(channel, inbound, config);
      register(session, channel);
    } catch (OpenFlowException e) {
      log.warn("{} is refused: {}", channel.remoteAddress(), e.getMessage());
    } catch (InterruptedException e) {
      channel.close();
    }
  }

  /**
   * Of two connections of one datapath the first stays if it gives a sign of life: the second is
   * then someone else, or a mistake. If it gives none, the switch has come back from somewhere the
   * first did not hear of.
   */
  private void register(OpenFlowSession session, Channel channel) throws InterruptedException {
    long dpid = session.dpid().getLong();
    OpenFlowSession known = sessions.get(dpid);
    if (known != null && known.isOpen() && known.answers(SIGN_OF_LIFE)) {
      log.warn(
          "a second connection of datapath {}, from {}, is refused: the first one is alive",
          session.dpid(),
          channel.remoteAddress());
      session.close();
      return;
    }
    OpenFlowSession before = sessions.put(dpid, session);
    if (before != null) {
      before.close();
    }
    log.info("datapath {} connected from {}", session.dpid(), channel.remoteAddress());
    channel
        .closeFuture()
        .addListener(
            closed -> {
              sessions.remove(dpid, session);
              if (!closing) {
                onChange.run();
              }
            });
    onChange.run();
  }

  /** The datapaths that are connected. */
  public List<Long> connected() {
    return sessions.values().stream()
        .filter(OpenFlowSession::isOpen)
        .map(s -> s.dpid().getLong())
        .toList();
  }

  /**
   * The way to a datapath.
   *
   * @param dpid asked each time, since it may become known later; 0 while it is not
   */
  public SwitchLink link(Supplier<Long> dpid) {
    return new SwitchLink() {
      @Override
      public Optional<OpenFlowSession> session() {
        return Optional.ofNullable(sessions.get(dpid.get())).filter(OpenFlowSession::isOpen);
      }

      @Override
      public String lastError() {
        if (session().isPresent()) {
          return "";
        }
        long id = dpid.get();
        return id == 0
            ? "its datapath id is not known yet"
            : "datapath %016x is not connected".formatted(id);
      }
    };
  }

  @Override
  public void close() {
    closing = true;
    Channel channel = listening;
    if (channel != null) {
      channel.close();
    }
    sessions.values().forEach(OpenFlowSession::close);
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
