import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Prints a line per name: the name and its addresses in order, or - when it has none. With --until
 * ADDRESS NAME it asks, in this one JVM, until NAME leads there and nowhere else.
 */
class Resolve {
  public static void main(String[] names) throws InterruptedException {
    if (names[0].equals("--until")) {
      // The JVM's own default is to keep an answer for 30 s.
      long end = System.nanoTime() + 25_000_000_000L;
      System.out.println("first " + addresses(names[2]));
      String last = addresses(names[2]);
      while (!last.equals(names[1]) && System.nanoTime() < end) {
        Thread.sleep(100);
        last = addresses(names[2]);
      }
      System.out.println("last " + last);
      return;
    }
    for (String name : names) {
      System.out.println(name + " " + addresses(name));
    }
  }

  private static String addresses(String name) {
    try {
      return Arrays.stream(InetAddress.getAllByName(name))
          .map(InetAddress::getHostAddress)
          .sorted()
          .collect(Collectors.joining(","));
    } catch (UnknownHostException e) {
      return "-";
    }
  }
}
