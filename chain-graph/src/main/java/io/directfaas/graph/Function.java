package io.directfaas.graph;

/**
 * A deployed function, as far as data paths need to know it.
 *
 * @param ref its name
 * @param id 1 to 2^24-1, stable for the function's life and not reused soon; the fabric's 24-bit
 *     source and destination fields
 * @param names where the names of its callees lead it
 * @param policy how calls to it are made, unless their caller says otherwise
 */
public record Function(FunctionRef ref, int id, NameRoute names, CallPolicy policy) {
  public static final int MAX_ID = 0xffffff;
  public static final int INGRESS_ID = 1;
  public static final Function INGRESS = new Function(FunctionRef.INGRESS, INGRESS_ID);

  /** A function that calls its callees' replicas by name, as is the default. */
  public Function(FunctionRef ref, int id) {
    this(ref, id, NameRoute.REPLICA);
  }

  /** A function that says nothing of how it is called. */
  public Function(FunctionRef ref, int id, NameRoute names) {
    this(ref, id, names, CallPolicy.NONE);
  }
}
