import assert from "node:assert/strict";
import { test } from "node:test";
import { LoopShares } from "#engine/concurrency/loop-shares.ts";
import { DiskFull } from "#engine/errdefs/errors.ts";
import { RequestTurns } from "../../../server/compose/request-turns.ts";
import { type GateOptions, TenantGate } from "../../../server/compose/tenant-gate.ts";
import { empty, lines, type Reply } from "../../../server/daemon/http/reply.ts";
import { type Call, type Method, route } from "../../../server/daemon/http/route.ts";

/** A tenant with so many bytes, of which each transfer takes what it says, as counted when it is asked for. */
function gateOf(limits: { disk?: number }) {
  let used = 0;
  let counted = 0;
  let most = 0;
  let going = 0;
  const tenant = { id: "ada", limits } as GateOptions["tenant"];
  const disk = {
    account: async () => void (counted = used),
    check: async () => {
      if (counted >= (limits.disk ?? Infinity)) throw new DiskFull("no space left on device: all are used");
    },
  };
  const gate = new TenantGate({
    tenant,
    disk: disk as unknown as GateOptions["disk"],
    watch: { touch: () => undefined } as unknown as GateOptions["watch"],
    turns: new RequestTurns({ tenant, share: new LoopShares().share() }),
    active: () => undefined,
  });
  const take = async (bytes: number) => {
    most = Math.max(most, ++going);
    await new Promise((resolve) => setImmediate(resolve));
    used += bytes;
    going--;
  };
  const call = { method: "POST", path: "/" } as Call;
  const ask = async (method: Method, path: string, handle: () => Promise<Reply>) => {
    const [wrapped] = gate.wrap([route(method, path, handle)]);
    const reply = await wrapped?.handle(call);
    if (reply?.kind === "lines") await reply.produce(async () => undefined);
  };
  return {
    take,
    most: () => most,
    used: () => used,
    upload: (bytes: number) =>
      ask("PUT", "/containers/{id*}/archive", async () => {
        await take(bytes);
        return empty();
      }),
    pull: (bytes: number) => ask("POST", "/images/create", async () => lines(() => take(bytes))),
    save: () => ask("PUT", "/drydock/v1/workspace/file", async () => empty()),
  };
}

test("of what may take all the room four go on at once; when it is taken, the others are refused", async () => {
  for (const way of ["upload", "pull"] as const) {
    const gate = gateOf({ disk: 100 });
    const ends = await Promise.allSettled(Array.from({ length: 40 }, () => gate[way](100)));
    assert.equal(gate.most(), 4, way);
    const refused = ends.flatMap((end) => (end.status === "rejected" ? [String(end.reason)] : []));
    assert.equal(new Set(refused).size, 1);
    assert.match(refused[0] ?? "", /no space left on device/);
    assert.ok(gate.used() <= 400, `${way}: ${gate.used()} of 100 are used`);
  }
});

test("a file is saved while transfers wait; who has no limit waits for nobody", async () => {
  const gate = gateOf({ disk: 1_000 });
  const pulls = Array.from({ length: 20 }, () => gate.pull(1));
  await gate.save();
  assert.ok(gate.used() < 20, "before the last of them");
  await Promise.all(pulls);
  const unlimited = gateOf({});
  await Promise.all(Array.from({ length: 20 }, () => unlimited.upload(1)));
  assert.equal(unlimited.most(), 20);
});
