import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { anyAddress, publicAddressesOnly } from "#engine/network/address-rule.ts";
import { drain, HttpClient } from "#engine/remotes/http-client.ts";

let server: Server;
const heard: (string | undefined)[] = [];
before(async () => {
  server = createServer((request, response) => {
    heard.push(request.url);
    response.end("for the operator alone");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
after(() => server.close());

test("a connection that somebody was let make is not for who may not go there", async () => {
  const client = new HttpClient();
  const ask = (path: string, rule = anyAddress) =>
    client.request(
      { method: "GET", url: new URL(`http://localhost:${(server.address() as AddressInfo).port}${path}`) },
      rule,
    );
  try {
    await drain(await ask("/operator"));
    // It is kept, and nobody asks the name's server any more.
    await new Promise((resolve) => setImmediate(resolve));
    await assert.rejects(ask("/learner", publicAddressesOnly), { name: "RuleRefusal" });
    await drain(await ask("/operator"));
    assert.deepEqual(heard, ["/operator", "/operator"]);
  } finally {
    client.close();
  }
});
