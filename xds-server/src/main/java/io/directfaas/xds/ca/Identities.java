package io.directfaas.xds.ca;

import io.directfaas.graph.FunctionRef;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The identity of every function at any time. Issued when first asked for, then kept in memory for
 * its epoch. For any thread.
 */
public final class Identities {
  /** Only for when its certificates change. */
  private static final FunctionRef CONTROL_PLANE = new FunctionRef("directfaas", "xds-server");

  private static final Logger log = LoggerFactory.getLogger(Identities.class);

  /** An authority with what it has issued. */
  private record Issuing(
      CaFiles.Contents files,
      SvidIssuer issuer,
      String roots,
      ConcurrentHashMap<FunctionRef, Issued> issued) {}

  private record Issued(Instant epochStart, Identity identity) {}

  private final CaFiles files;
  private final Lifetime lifetime;
  private final String trustDomain;
  private final Clock clock;
  private volatile Issuing current;
  private String lastProblem = "";

  /**
   * @throws IllegalArgumentException if the authority cannot be read or made; the message says
   *     which file is at fault
   */
  public Identities(CaProperties properties, Clock clock) {
    this.files = new CaFiles(properties);
    this.lifetime = properties.lifetimes();
    this.trustDomain = properties.trustDomain();
    this.clock = clock;
    this.current = issuing(files.read());
  }

  private Issuing issuing(CaFiles.Contents contents) {
    CertificateAuthority authority = files.parse(contents);
    StringBuilder roots = new StringBuilder();
    for (X509Certificate root : List.copyOf(authority.roots())) {
      roots.append(CaFiles.encoded(root));
    }
    return new Issuing(
        contents, new SvidIssuer(authority), roots.toString(), new ConcurrentHashMap<>());
  }

  public SpiffeId id(FunctionRef function) {
    return new SpiffeId(trustDomain, function);
  }

  /** The identity that a function is to use now. */
  public Identity of(FunctionRef function) {
    Issuing issuing = current;
    Instant epoch = lifetime.epochStart(function, clock.instant());
    Issued issued =
        issuing.issued.compute(
            function,
            (ref, before) ->
                before != null && before.epochStart.equals(epoch)
                    ? before
                    : new Issued(epoch, issuing.issuer.issue(id(ref), epoch, lifetime.end(epoch))));
    return issued.identity;
  }

  /**
   * The control plane's own certificate for now, for the host by which clients reach it.
   *
   * @param host a name or an IPv4 address
   */
  public ServerCertificate server(String host) {
    Instant epoch = lifetime.epochStart(CONTROL_PLANE, clock.instant());
    return current.issuer.issueServer(host, epoch, lifetime.end(epoch));
  }

  /** PEM: the roots that every function trusts. */
  public String roots() {
    return current.roots;
  }

  public Lifetime lifetime() {
    return lifetime;
  }

  /** The functions whose identity, once issued, is of an epoch that is over. */
  public Set<FunctionRef> due() {
    Instant now = clock.instant();
    Set<FunctionRef> due = new HashSet<>();
    current.issued.forEach(
        (function, issued) -> {
          if (!issued.epochStart.equals(lifetime.epochStart(function, now))) {
            due.add(function);
          }
        });
    return due;
  }

  /** Drops from memory what was issued to these; whoever still wants one asks again. */
  public void forget(Set<FunctionRef> functions) {
    current.issued.keySet().removeAll(functions);
  }

  /**
   * Takes up the authority's files if they changed. What does not fit is logged once, and the
   * authority stays as it was. One thread at a time.
   *
   * @return whether it did
   */
  public boolean reload() {
    try {
      CaFiles.Contents now = files.read();
      if (now.equals(current.files)) {
        lastProblem = "";
        return false;
      }
      current = issuing(now);
      lastProblem = "";
      log.info("took up the certificate authority's changed files");
      return true;
    } catch (IllegalArgumentException e) {
      String problem = String.valueOf(e.getMessage());
      if (!problem.equals(lastProblem)) {
        lastProblem = problem;
        log.error("the certificate authority stays as it was: {}", problem);
      }
      return false;
    }
  }
}
