package io.directfaas.sdn.openflow;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one session with a switch open: connects, and connects again with back-off whenever it
 * ends, until closed.
 */
public final class SwitchConnection implements SwitchLink, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SwitchConnection.class);
  private static final long FIRST_PAUSE_MS = 50;
  private static final long LONGEST_PAUSE_MS = 1000;

  private final SwitchAddress address;
  private final SessionConfig config;
  private final Runnable onChange;
  private final EventLoopGroup group;
  private final Thread keeper;
  private volatile boolean closing;
  private volatile @Nullable OpenFlowSession session;
  private volatile String lastError = "not connected yet";

  /**
   * @param onChange called after a session was established and after one ended; must not block
   */
  public SwitchConnection(SwitchAddress address, SessionConfig config, Runnable onChange) {
    this.address = address;
    this.config = config;
    this.onChange = onChange;
    this.group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("openflow", true), NioIoHandler.newFactory());
    this.keeper = Thread.ofVirtual().name("openflow-keeper").unstarted(this::keep);
  }

  public void start() {
    keeper.start();
  }

  @Override
  public Optional<OpenFlowSession> session() {
    OpenFlowSession current = session;
    return current != null && current.isOpen() ? Optional.of(current) : Optional.empty();
  }

  @Override
  public String lastError() {
    return session().isPresent() ? "" : lastError;
  }

  private void keep() {
    long pause = FIRST_PAUSE_MS;
    String reported = "";
    while (!closing) {
      try {
        OpenFlowSession opened =
            OpenFlowSession.open(address.address(), address.transport(), group, config);
        log.info("connected to switch {} at {}", opened.dpid(), address);
        pause = FIRST_PAUSE_MS;
        reported = "";
        session = opened;
        onChange.run();
        opened.closed().get();
        session = null;
        lastError = "the connection to " + address + " ended";
        log.info("connection to switch {} ended", opened.dpid());
        onChange.run();
      } catch (OpenFlowException e) {
        lastError = String.valueOf(e.getMessage());
        if (!lastError.equals(reported)) {
          log.warn("{}; trying again", lastError);
          reported = lastError;
        }
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        lastError = e.toString();
        log.error("unexpected failure in the connection to {}", address, e);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(pause);
      } catch (InterruptedException e) {
        return;
      }
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  @Override
  public void close() {
    closing = true;
    keeper.interrupt();
    OpenFlowSession current = session;
    if (current != null) {
      current.close();
    }
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
