import assert from "node:assert/strict";
import { test } from "node:test";
import { checkedRequest } from "../../../server/engine/network/network-request.ts";

test("a gateway mode that there is none of is refused", () => {
  const request = (mode: string) =>
    checkedRequest({ name: "new", options: { "com.docker.network.bridge.gateway_mode_ipv6": mode } }, [], {
      machineNetworks: false,
    } as never);
  for (const mode of ["nat", "nat-unprotected", "routed", "isolated"]) assert.equal(request(mode).name, "new");
  assert.throws(
    () => request("nope"),
    /^InvalidArgument: failed to parse com.docker.network.bridge.gateway_mode_ipv6 value: nope \(unknown gateway mode nope\)$/,
  );
});
