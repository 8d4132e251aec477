package io.directfaas.standalone.cli.why;

/**
 * One layer's answer.
 *
 * @param layer which layer was asked
 * @param verdict whether it lets the call pass
 * @param evidence what it answered, in words
 */
record Finding(String layer, Verdict verdict, String evidence) {
  enum Verdict {
    PASSES,
    STOPS,
    /** Has no say in this call. */
    NOT_CONCERNED,
    /** Could not be asked. */
    UNKNOWN
  }

  static Finding passes(String layer, String evidence) {
    return new Finding(layer, Verdict.PASSES, evidence);
  }

  static Finding stops(String layer, String evidence) {
    return new Finding(layer, Verdict.STOPS, evidence);
  }

  static Finding notConcerned(String layer, String evidence) {
    return new Finding(layer, Verdict.NOT_CONCERNED, evidence);
  }

  static Finding unknown(String layer, String evidence) {
    return new Finding(layer, Verdict.UNKNOWN, evidence);
  }
}
