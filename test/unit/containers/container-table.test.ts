import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container } from "#engine/containers/container.ts";
import { ContainerEntry } from "#engine/containers/container-entry.ts";
import { ContainerRecords } from "#engine/containers/container-records.ts";
import { ContainerTable } from "#engine/containers/container-table.ts";
import type { OutputHub } from "#engine/containers/output-hub.ts";
import type { ContainerLog } from "#engine/logs/log-driver.ts";
import { Database } from "#engine/metadata/database.ts";
import type { TenantId } from "#engine/tenants/tenant.ts";

test("execs and health, which change all the time, are told to who waits for them, and not written down", () => {
  const records = new ContainerRecords(new Database(":memory:"), "ada" as TenantId);
  const table = new ContainerTable(records);
  const container = { id: "c1", name: "web", execIds: [] as string[] } as Container;
  const entry = new ContainerEntry(container, {} as ContainerLog, {} as OutputHub);
  table.add(entry);
  let told = 0;
  entry.watchers.add(() => told++);
  const health = { status: "healthy", failingStreak: 0, log: [] } as const;
  table.note(entry, { execIds: ["e1"] });
  table.note(entry, { health: { ...health, log: [] } });
  assert.deepEqual(table.find("web").record, { ...container, execIds: ["e1"], health });
  assert.equal(told, 2);
  const written = () => records.load().map(({ execIds, health: known }) => [execIds, known]);
  assert.deepEqual(written(), [[[], undefined]]);
  table.update(entry, { name: "shop" });
  assert.deepEqual(written(), [[["e1"], health]], "with the next change");
});
