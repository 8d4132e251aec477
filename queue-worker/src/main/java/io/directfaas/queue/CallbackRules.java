package io.directfaas.queue;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Where results may be sent. A caller chooses the address, and this process stands inside, so that
 * without rules every caller could have requests made at what only insiders reach. Allowed are
 * addresses of the public Internet, functions by the gateway's names, and what the operator lists.
 * The rule is applied where names become addresses, for each connection anew, so that a name that
 * changes its address between check and use gains nothing.
 */
final class CallbackRules implements DnsResolver {
  private static final Set<String> GATEWAY =
      Set.of("gateway", "gateway.openfaas", "gateway.openfaas.svc.cluster.local");

  private record Network(byte[] address, int bits) {
    boolean contains(InetAddress candidate) {
      byte[] other = candidate.getAddress();
      if (other.length != address.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        int mask = 0x80 >> (bit & 7);
        if ((address[bit >> 3] & mask) != (other[bit >> 3] & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  private static final List<Network> NOT_PUBLIC =
      networks(
          "0.0.0.0/8",
          "10.0.0.0/8",
          "100.64.0.0/10",
          "127.0.0.0/8",
          "169.254.0.0/16",
          "172.16.0.0/12",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "192.88.99.0/24",
          "192.168.0.0/16",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/3");

  /** Of IPv6 only what is assigned as global unicast is public, less what wraps an IPv4 address. */
  private static final List<Network> PUBLIC_V6 = networks("2000::/3");

  private static final List<Network> NOT_PUBLIC_V6 =
      networks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

  private final List<Network> allowedNetworks = new ArrayList<>();
  private final List<String> allowedHosts = new ArrayList<>();

  /**
   * @param allowed names of hosts, addresses, and networks such as 10.1.0.0/16
   * @throws IllegalArgumentException naming what is none of these
   */
  CallbackRules(List<String> allowed) {
    for (String item : allowed) {
      if (item.matches("[0-9.]+(/[0-9]+)?") || item.contains(":")) {
        allowedNetworks.add(network(item));
      } else if (item.matches("[a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?")) {
        allowedHosts.add(item.toLowerCase(Locale.ROOT));
      } else {
        throw new IllegalArgumentException(
            "callback-allow: '" + item + "' is neither a host nor a network such as 10.1.0.0/16");
      }
    }
  }

  /** What is wrong with a callback's URL, as far as it can be told without asking anybody. */
  String problem(String url) {
    try {
      URI uri = new URI(url);
      String scheme = uri.getScheme();
      if (scheme == null || !(scheme.equals("http") || scheme.equals("https"))) {
        return "must begin with http:// or https://";
      }
      if (uri.getHost() == null || uri.getRawUserInfo() != null) {
        return "must name a host, and no user";
      }
      if (isLiteral(uri.getHost())) {
        InetAddress address = InetAddress.getByName(uri.getHost());
        return isAllowed(address) ? "" : refused(uri.getHost());
      }
      return isLocalName(uri.getHost()) ? refused(uri.getHost()) : "";
    } catch (URISyntaxException | UnknownHostException e) {
      return "is not a URL";
    }
  }

  /** Whether it means a function, by the name that the gateway has inside. */
  static boolean isGateway(URI uri) {
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    return GATEWAY.contains(String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT))
        && "http".equals(uri.getScheme())
        && (path.startsWith("/function/") || path.startsWith("/async-function/"));
  }

  private boolean isLocalName(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return (name.equals("localhost") || name.endsWith(".localhost"))
        && !allowedHosts.contains(name);
  }

  private static String refused(String host) {
    return host + " is not allowed; the operator can allow it with queue_callback_allow";
  }

  private static boolean isLiteral(String host) {
    return host.startsWith("[") || host.matches("[0-9.]+") || host.matches("0[xX][0-9a-fA-F.]+");
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    InetAddress[] all = InetAddress.getAllByName(host);
    if (allowedHosts.contains(host.toLowerCase(Locale.ROOT))) {
      return all;
    }
    List<InetAddress> allowed = new ArrayList<>();
    for (InetAddress address : all) {
      if (isAllowed(address)) {
        allowed.add(address);
      }
    }
    if (allowed.isEmpty()) {
      throw new UnknownHostException(refused(host));
    }
    return allowed.toArray(InetAddress[]::new);
  }

  @Override
  public String resolveCanonicalHostname(String host) {
    return host;
  }

  boolean isAllowed(InetAddress address) {
    if (allowedNetworks.stream().anyMatch(network -> network.contains(address))) {
      return true;
    }
    if (address.getAddress().length == 4) {
      return NOT_PUBLIC.stream().noneMatch(network -> network.contains(address));
    }
    return PUBLIC_V6.stream().anyMatch(network -> network.contains(address))
        && NOT_PUBLIC_V6.stream().noneMatch(network -> network.contains(address));
  }

  private static List<Network> networks(String... texts) {
    return java.util.Arrays.stream(texts).map(CallbackRules::network).toList();
  }

  private static Network network(String text) {
    int slash = text.indexOf('/');
    try {
      byte[] address =
          InetAddress.getByName(slash < 0 ? text : text.substring(0, slash)).getAddress();
      int bits = slash < 0 ? address.length * 8 : Integer.parseInt(text.substring(slash + 1));
      if (bits >= 0 && bits <= address.length * 8) {
        return new Network(address, bits);
      }
    } catch (UnknownHostException | NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException("callback-allow: '" + text + "' is no network");
  }
}
