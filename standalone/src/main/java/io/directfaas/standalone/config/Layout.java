package io.directfaas.standalone.config;

import java.nio.file.Path;

/**
 * Every name a stack gives on this machine, in one place.
 *
 * <p>Who may do what: the run directory and the directories that lead to a replica's files can be
 * traversed by all; the files themselves belong to root or to the one user that needs them. Pid
 * files lie where only root can write, for who writes them says what gets killed.
 *
 * @param instance prefix of network namespaces
 * @param stateDir what must survive a reboot
 * @param runDir what need not
 */
public record Layout(String instance, Path stateDir, Path runDir) {
  public static final String INGRESS_REPLICA = "ingress";
  public static final String BRIDGE = "df0";

  // --- network namespaces

  /** Where the switch runs. */
  public String fabricNamespace() {
    return namespace("fabric");
  }

  /** The host's own namespace under a name, for the ingress to listen in. */
  public String hostNamespace() {
    return namespace("host");
  }

  /** The replica's own; {@code ingress} is a replica in this. */
  public String replicaNamespace(String replicaId) {
    return namespace(replicaId);
  }

  private String namespace(String suffix) {
    return instance + "-" + suffix;
  }

  public static Path namespaceFile(String namespace) {
    return Path.of("/run/netns", namespace);
  }

  /**
   * One empty file per namespace of this stack. Names alone do not tell whose a namespace is: the
   * prefix of one stack may begin with another's.
   */
  public Path namespaceRegister() {
    return runDir.resolve("netns");
  }

  // --- the switch

  public Path ovsDir() {
    return runDir.resolve("ovs");
  }

  public Path ovsDatabase() {
    return ovsDir().resolve("conf.db");
  }

  public Path ovsDatabaseSocket() {
    return ovsDir().resolve("db.sock");
  }

  /** OpenFlow of the bridge, without a Controller row. */
  public Path bridgeManagement() {
    return ovsDir().resolve(BRIDGE + ".mgmt");
  }

  // --- replicas

  public Path replicasDir() {
    return runDir.resolve("replicas");
  }

  /** Pid files and logs of one replica; its function's group may traverse it. */
  public Path replicaDir(String replicaId) {
    return replicasDir().resolve(replicaId);
  }

  public Path functionLog(String replicaId) {
    return replicaDir(replicaId).resolve("function.log");
  }

  /** Holds the socket over which a replica's watchdog tells of its calls, and nothing else. */
  public Path directCallsDir(String replicaId) {
    return replicaDir(replicaId).resolve("calls");
  }

  public Path functionPid(String replicaId) {
    return replicaDir(replicaId).resolve("function.pid");
  }

  /** Not in {@link #sidecarDir}: root must not write to a name that a sidecar can replace. */
  public Path sidecarLog(String replicaId) {
    return replicaDir(replicaId).resolve("envoy.log");
  }

  public Path sidecarPid(String replicaId) {
    return replicaDir(replicaId).resolve("envoy.pid");
  }

  public Path resolverLog(String replicaId) {
    return replicaDir(replicaId).resolve("resolver.log");
  }

  public Path resolverPid(String replicaId) {
    return replicaDir(replicaId).resolve("resolver.pid");
  }

  public Path allNamesDir() {
    return runDir.resolve("names");
  }

  /** The hosts files of one replica's resolver; its group may read them. */
  public Path namesDir(String replicaId) {
    return allNamesDir().resolve(replicaId);
  }

  public Path sidecarsDir() {
    return runDir.resolve("sidecars");
  }

  /** Mode 0700, owned by the sidecar's user. */
  public Path sidecarDir(String replicaId) {
    return sidecarsDir().resolve(replicaId);
  }

  /** Where this sidecar reaches its control plane; who can open it is this sidecar. */
  public Path controlSocket(String replicaId) {
    return sidecarDir(replicaId).resolve("xds.sock");
  }

  public Path adminSocket(String replicaId) {
    return sidecarDir(replicaId).resolve("admin.sock");
  }

  public Path bootstrapFile(String replicaId) {
    return sidecarDir(replicaId).resolve("bootstrap.json");
  }

  // --- the rest

  /** Where the ingress finds gateway-lite. */
  public Path gatewaySocket() {
    return runDir.resolve("gateway.sock");
  }

  /** Pid file and log of the queue worker, and the directories below; others may traverse it. */
  public Path queueDir() {
    return runDir.resolve("queue");
  }

  /** Where Envoys find the queue worker. */
  public Path queueSocket() {
    return queueSocketDir().resolve("queue.sock");
  }

  public Path queueSocketDir() {
    return queueDir().resolve("socket");
  }

  public Path queuePid() {
    return queueDir().resolve("worker.pid");
  }

  /** Copies of gateway-lite's credentials, for the queue worker. */
  public Path queueCredentials() {
    return queueDir().resolve("credentials");
  }

  /** Where the queue worker finds the program it runs. */
  public Path queueLib() {
    return queueDir().resolve("lib");
  }

  /** Calls that were accepted and not made yet. */
  public Path queueState() {
    return stateDir.resolve("queue");
  }

  /** Copies of what functions must be able to read. */
  public Path libDir() {
    return runDir.resolve("lib");
  }

  /** The stack's own copy of the watchdog: where it was built may be closed to functions. */
  public Path watchdogJar() {
    return libDir().resolve("watchdog.jar");
  }

  /** What the tokens of xDS clients are signed with; not where functions' secrets are listed. */
  public Path tokenKey() {
    return stateDir.resolve("ca").resolve("xds-token.key");
  }

  public Path secretsDir() {
    return stateDir.resolve("secrets");
  }

  /** A code bundle, by the SHA-256 of its contents. */
  public Path codeDir(String sha256) {
    return stateDir.resolve("code").resolve(sha256);
  }
}
