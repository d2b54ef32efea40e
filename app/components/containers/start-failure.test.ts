import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ContainerView } from "#contract/playground-api.ts";
import { holderOf, startFailureOf } from "./start-failure.ts";
import { messageOf } from "../../../server/engine/errdefs/errors.ts";
import { PortReservations } from "../../../server/engine/network/ports.ts";
import { startError } from "../../../server/engine/runtime/runtime-errors.ts";

/** What the engine says of a start for which crun has these words. */
const told = (crun: string, program: string): string => messageOf(startError(new Error(crun), program, "create"));

describe("why a program was not started", () => {
  for (const [crun, program, kind, command] of [
    ["executable file `serve` not found in $PATH: No such file or directory", "serve", "notFound", "serve"],
    ["executable file `/app/run` not found: No such file or directory", "/app/run", "noFile", "/app/run"],
    ["executable file `/bin/sh` not found: No such file or directory", "/bin/sh", "noShell", "/bin/sh"],
    ["executable file `node a.js` not found in $PATH: No such file or directory", "node a.js", "oneWord", "node a.js"],
    [`executable file \`say "hi"\` not found in $PATH`, `say"hi"`, "notFound", `say"hi"`],
    ["open executable: Permission denied", "/app/run.sh", "notExecutable", "/app/run.sh"],
    ["exec container process `/app`: Exec format error", "/app", "otherMachine", "/app"],
    ["mkdir `/site`: Not a directory", "sh", "noDirectory", "/site"],
  ] as const) {
    it(`is known of ${crun}`, () => assert.deepEqual(startFailureOf(told(crun, program)), { kind, command }));
  }

  it("is not made up where dockerd says something else", () => {
    assert.equal(startFailureOf("driver failed programming external connectivity: all ports are allocated"), undefined);
    assert.equal(startFailureOf(told("something new", "sh")), undefined);
  });

  const binding = { protocol: "tcp", containerPort: 80, hostAddress: "", hostPort: 8080 } as const;
  for (const [by, hold] of [
    ["another container", () => Promise.resolve(() => {})],
    ["a program", () => Promise.reject(Object.assign(new Error("in use"), { code: "EADDRINUSE" }))],
  ] as const) {
    it(`is known of a port that ${by} has`, async () => {
      const ports = new PortReservations({ hold });
      const failure = await ports
        .reserve("a", "a", [binding])
        .then(() => ports.reserve("b", "b", [binding]).catch(messageOf), messageOf);
      assert.ok(typeof failure === "string", "it was not refused");
      assert.deepEqual(startFailureOf(failure), { kind: "portTaken", command: "8080" });
    });
  }

  it("names the container that has the port", () => {
    const container = (name: string, port: number) =>
      ({ name, published: [{ protocol: "tcp", containerPort: 80, address: "0.0.0.0", port }] }) as ContainerView;
    const containers = [container("other", 80), container("shop", 8080)];
    assert.equal(holderOf("8080", containers)?.name, "shop");
    assert.equal(holderOf("8081", containers), undefined);
  });
});
