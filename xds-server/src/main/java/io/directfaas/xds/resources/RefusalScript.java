package io.directfaas.xds.resources;

import com.google.protobuf.Any;
import io.directfaas.graph.FunctionRef;
import io.envoyproxy.envoy.extensions.filters.http.lua.v3.LuaPerRoute;

/**
 * Words the answer to a call for which there is no route. The callee's name is in the request only,
 * so Envoy has to do it: a Lua script of the listener, run by the routes that name it and by no
 * other. Whom a refused call meant it leaves to {@link CallLog}. What it quotes of the path is
 * limited to the characters of names, and to their length.
 *
 * @param source the script
 */
record RefusalScript(String source) {
  static final String NAME = "refusal";

  /** Splits at the last dot, as OpenFaaS does. */
  private static final String SCRIPT =
      """
      local DEFAULT_NAMESPACE = "%s"
      local function callee(path)
        local token = string.match(path, "^/function/([-a-zA-Z_0-9.]+)")
          or string.match(path, "^/async%%-function/([-a-zA-Z_0-9.]+)") or ""
        token = string.sub(token, 1, 127)
        local name, namespace = string.match(token, "^(.*)%%.([^.]*)$")
        if name == nil then
          name, namespace = token, DEFAULT_NAMESPACE
        end
        return name, namespace
      end
      function envoy_on_request(handle)
        local headers = handle:headers()
        local name, namespace = callee(headers:get(":path") or "")
        local status, text, refused = refusal(name, namespace)
        if refused ~= nil then
          handle:streamInfo():dynamicMetadata():set("directfaas", "callee", refused)
        end
        local answer = {[":status"] = status, ["content-type"] = "text/plain; charset=utf-8"}
        answer["x-openfaas-internal"] = "proxy"
        answer["x-call-id"] = headers:get("x-call-id")
        answer["x-start-time"] = headers:get("x-start-time")
        handle:respond(answer, text .. "\\n")
      end
      """;

  private static final String UNDECLARED =
      """
      function refusal(name, namespace)
        local caller = "%1$s/%2$s"
        if name == "" or namespace == "" then
          return "404", "the path names no function: expected /function/<name>[.<namespace>]"
        end
        local call = name
        if namespace ~= "%1$s" then
          call = namespace .. "/" .. name
        end
        local callee = namespace .. "/" .. name
        local text = "no edge " .. caller .. " -> " .. callee .. ". To add it, deploy " .. callee
          .. " and add the annotation directfaas.io/calls: \\"" .. call
          .. "\\" on function %2$s of namespace %1$s"
        if namespace ~= "%1$s" then
          text = text .. ", and directfaas.io/allow-callers: \\"" .. caller .. "\\" on function "
            .. name .. " of namespace " .. namespace
        end
        return "403", text, callee
      end
      """;

  private static final String UNKNOWN =
      """
      function refusal(name, namespace)
        return "404", "error finding function " .. name .. "." .. namespace
          .. ": no such function, or not public"
      end
      """;

  /** For a sidecar: 403, the missing edge, and what would add it. */
  static RefusalScript undeclared(FunctionRef caller) {
    return new RefusalScript(
        SCRIPT.formatted(caller.namespace())
            + UNDECLARED.formatted(caller.namespace(), caller.name()));
  }

  /**
   * For the ingress: 404, as OpenFaaS. A function that is not public is not told from one that does
   * not exist: outside callers learn nothing of it.
   */
  static RefusalScript unknown(String defaultNamespace) {
    return new RefusalScript(SCRIPT.formatted(defaultNamespace) + UNKNOWN);
  }

  /** What turns the script on for a route. */
  static Any onRoute() {
    return Resources.pack(LuaPerRoute.newBuilder().setName(NAME).build());
  }
}
