package io.directfaas.watchdog.http;

/** A header field. The name is in canonical form ({@code X-Call-Id}), whatever the peer sent. */
public record Header(String name, String value) {

  /**
   * The canonical form of a field name: a capital after the start and after each hyphen, the rest
   * small. Proxies send all names in small letters; functions look for {@code Http_X_Call_Id}.
   */
  static String canonical(String name) {
    StringBuilder canonical = new StringBuilder(name.length());
    boolean start = true;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (start && c >= 'a' && c <= 'z') {
        c = (char) (c - 'a' + 'A');
      } else if (!start && c >= 'A' && c <= 'Z') {
        c = (char) (c - 'A' + 'a');
      }
      canonical.append(c);
      start = c == '-';
    }
    return canonical.toString();
  }
}
