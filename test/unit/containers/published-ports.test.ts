import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPorts, publishedPorts } from "#engine/containers/published-ports.ts";
import type { PortBinding } from "#engine/network/network-service.ts";

const port: PortBinding = { protocol: "tcp", containerPort: 80, hostAddress: "", hostPort: 0 };

test("ports of what runs count, and those that are to come", () => {
  const published = publishedPorts([
    { pid: 1, ports: [port, port] },
    { pid: 0, ports: [port] },
    { pid: 2, ports: [] },
  ]);
  assert.equal(published, 2);
  const tenant = { limits: { ports: 3 } };
  checkPorts(tenant, 1, 2);
  checkPorts(tenant, 0, 9);
  checkPorts({ limits: {} }, 9, 9);
  assert.throws(() => checkPorts(tenant, 2, 2), {
    name: "ResourceExhausted",
    message: /, and 2 are published already/,
  });
  assert.throws(() => checkPorts(tenant, 4, 0), {
    name: "ResourceExhausted",
    message: /^4 ports .* limit is 3 of all/,
  });
});
