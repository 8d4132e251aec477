package io.directfaas.xds.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One resource as it stands between server and client. Versions are empty and times 0 where there
 * is nothing to tell; times are milliseconds since the epoch.
 *
 * @param acked the version the client holds
 * @param ackedAt when it acked it; 0 if it said so when it connected
 * @param sent the version in the response it has not answered yet
 * @param refused the version it has refused and is not sent again
 * @param refusal its reason
 */
public record ResourceStatus(
    String name,
    String acked,
    long ackedAt,
    String sent,
    long sentAt,
    String refused,
    String refusal,
    long refusedAt) {

  static Builder in(Map<String, Builder> all, String name) {
    return all.computeIfAbsent(name, Builder::new);
  }

  static final class Builder {
    private final String name;
    private String acked = "";
    private long ackedAt;
    private String sent = "";
    private long sentAt;
    private String refused = "";
    private @Nullable String refusal;
    private long refusedAt;

    Builder(String name) {
      this.name = name;
    }

    void held(String version, long at) {
      acked = version;
      ackedAt = at;
    }

    void sent(String version, long at) {
      sent = version;
      sentAt = at;
    }

    void refused(String version, String reason, long at) {
      refused = version;
      refusal = reason;
      refusedAt = at;
    }

    ResourceStatus build() {
      return new ResourceStatus(
          name, acked, ackedAt, sent, sentAt, refused, refusal == null ? "" : refusal, refusedAt);
    }
  }
}
