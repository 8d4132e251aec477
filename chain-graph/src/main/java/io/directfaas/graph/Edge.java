package io.directfaas.graph;

/**
 * The right of one function to call another.
 *
 * @param caller who may call; {@link FunctionRef#INGRESS} for outside callers
 * @param callee who may be called
 * @param dataPath how the call is carried
 * @param origin why the edge exists
 * @param policy how the caller makes its calls over it; what it leaves open, the callee says, see
 *     {@link CallPolicy#inForce}
 */
public record Edge(
    FunctionRef caller,
    FunctionRef callee,
    DataPath dataPath,
    EdgeOrigin origin,
    CallPolicy policy) {

  /** An edge whose caller says nothing of how it calls. */
  public Edge(FunctionRef caller, FunctionRef callee, DataPath dataPath, EdgeOrigin origin) {
    this(caller, callee, dataPath, origin, CallPolicy.NONE);
  }

  /** An edge's identity: at most one edge leads from one function to another. */
  public record Key(FunctionRef caller, FunctionRef callee) {
    @Override
    public String toString() {
      return caller + " -> " + callee;
    }
  }

  public Key key() {
    return new Key(caller, callee);
  }

  public boolean crossesTenants() {
    return !caller.isIngress() && !caller.namespace().equals(callee.namespace());
  }
}
