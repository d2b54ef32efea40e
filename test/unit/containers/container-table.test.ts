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

test("which execs a container has is told to who waits for it, and not written down", () => {
  const records = new ContainerRecords(new Database(":memory:"), "ada" as TenantId);
  const table = new ContainerTable(records);
  const container = { id: "c1", name: "web", execIds: [] as string[] } as Container;
  const entry = new ContainerEntry(container, {} as ContainerLog, {} as OutputHub);
  table.add(entry);
  let told = 0;
  entry.watchers.add(() => told++);
  table.noteExecs(entry, ["e1"]);
  assert.deepEqual(table.find("web").record.execIds, ["e1"]);
  assert.equal(told, 1);
  assert.deepEqual(
    records.load().map(({ execIds }) => execIds),
    [[]],
  );
});
