package io.directfaas.sdn.openflow;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/**
 * Where a switch listens.
 *
 * @param address a unix domain socket or an inet one
 */
public record SwitchAddress(SocketAddress address) {

  /** The management socket of a bridge, {@code <rundir>/<bridge>.mgmt}. */
  public static SwitchAddress unix(Path socket) {
    return new SwitchAddress(UnixDomainSocketAddress.of(socket));
  }

  public static SwitchAddress tcp(String host, int port) {
    return new SwitchAddress(InetSocketAddress.createUnresolved(host, port));
  }

  ChannelFactory<? extends Channel> transport() {
    return address instanceof UnixDomainSocketAddress
        ? NioDomainSocketChannel::new
        : NioSocketChannel::new;
  }

  @Override
  public String toString() {
    return address.toString();
  }
}
