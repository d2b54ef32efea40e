import assert from "node:assert/strict";
import { test } from "node:test";
import { TenantDirectory } from "../../../server/compose/tenant-directory.ts";

type Parts = ConstructorParameters<typeof TenantDirectory>[0];

test("a tenant that several ask for at once is made once, and has one socket", async () => {
  const made: string[] = [];
  const listening = new Set<string>();
  const opening = new Set<string>();
  const store = {
    find: (id: string) => (made.includes(id) ? { id, policy: "public" } : undefined),
    create: async ({ id }: { id: string }) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (made.includes(id)) throw new Error(`${id} is there already`);
      made.push(id);
      return { id, policy: "public" };
    },
  };
  const sockets = {
    openTenant: async ({ id }: { id: string }) => {
      if (listening.has(id)) return;
      assert.ok(!opening.has(id), "address already in use");
      opening.add(id);
      await new Promise((resolve) => setImmediate(resolve));
      listening.add(id);
    },
  };
  const directory = new TenantDirectory({ store, sockets, log: () => undefined } as unknown as Parts);
  const ask = (id: string) => directory.create({ id, policy: "public" });
  const answers = await Promise.all(["wone", "wone", "wtwo", "wone"].map(ask));
  assert.deepEqual(
    answers.map(({ tenant, created }) => [tenant.id, created]),
    [
      ["wone", true],
      ["wone", false],
      ["wtwo", true],
      ["wone", false],
    ],
  );
  assert.deepEqual(made, ["wone", "wtwo"]);
});

test("limits that cannot be applied are not kept, nor those with which nothing could run", async () => {
  const kept: object[] = [];
  const applied: object[] = [];
  const store = {
    get: (id: string) => ({ id, policy: "class", limits: {} }),
    setLimits: (id: string, limits: object) => {
      kept.push(limits);
      return { id, limits };
    },
  };
  const services = {
    restore: async () => undefined,
    setLimits: async (limits: { memory?: number }) => {
      applied.push(limits);
      if (limits.memory === 2 ** 23) throw new Error("in use");
    },
  };
  const parts = { store, open: () => services, log: () => undefined };
  const directory = new TenantDirectory(parts as unknown as Parts);
  await assert.rejects(directory.setLimits("ada", { memory: 2 ** 23 }), /in use/);
  await assert.rejects(directory.setLimits("ada", { memory: 0 }), /6 MiB or more/);
  await directory.setLimits("ada", { memory: 2 ** 30 });
  assert.deepEqual(kept, [{ memory: 2 ** 30 }]);
  assert.deepEqual(applied, [{ memory: 2 ** 23 }, { memory: 2 ** 30 }]);
});
