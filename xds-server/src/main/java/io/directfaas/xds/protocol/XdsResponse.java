package io.directfaas.xds.protocol;

import java.util.List;

/**
 * What to send for one type.
 *
 * @param version in state of the world, a digest over all the client then holds of the type
 * @param removed names that do not exist (any longer); always empty in state of the world
 */
public record XdsResponse(
    ResourceType type,
    String version,
    String nonce,
    List<XdsResource> resources,
    List<String> removed) {}
