import assert from "node:assert/strict";
import { test } from "node:test";
import { ContainerEntry } from "#engine/containers/container-entry.ts";
import type { ContainerNetwork } from "#engine/containers/container-network.ts";
import type { ContainerParts } from "#engine/containers/container-parts.ts";
import type { Container } from "#engine/containers/container.ts";
import { ExitHandler } from "#engine/containers/exit.ts";
import type { RootFileSystem } from "#engine/containers/root-file-system.ts";
import { Stopper } from "#engine/containers/stop.ts";
import type { Task } from "#engine/runtime/task.ts";

test("who stops a container that has just ended by itself finds it stopped, not started again", async () => {
  const record = {
    id: "one",
    name: "one",
    status: "running",
    restartCount: 0,
    mounts: [],
    config: { labels: {}, image: "i", stopSignal: "" },
    host: { restartPolicy: { name: "always", maximumRetryCount: 0 } },
  } as unknown as Container;
  const hub = { endSources: () => undefined };
  const entry = new ContainerEntry(record, undefined as never, hub as never);
  const released = Promise.withResolvers<void>();
  const releasing = Promise.withResolvers<void>();
  const parts = {
    events: { publish: () => undefined },
    table: { update: (of: ContainerEntry, changes: object) => (of.record = { ...of.record, ...changes }) },
    volumes: {
      unmount: () => {
        releasing.resolve();
        return released.promise;
      },
    },
    report: (what: string, error: unknown) => assert.fail(`${what}: ${String(error)}`),
  } as unknown as ContainerParts;
  const task = {
    id: "one",
    wait: () => Promise.resolve({ code: 1, exitedAt: 1 }),
    kill: () => Promise.resolve(),
    oomKills: () => 0,
    delete: () => Promise.resolve(),
  } as unknown as Task;
  const exits = new ExitHandler(
    parts,
    { unmount: () => Promise.resolve() } as unknown as RootFileSystem,
    { hasSandbox: () => false } as unknown as ContainerNetwork,
  );
  exits.watch(entry, task, Promise.resolve());
  await releasing.promise;
  const stopped = new Stopper(parts).stop(entry);
  released.resolve();
  await stopped;
  assert.equal(entry.record.status, "exited");
  assert.equal(entry.record.restartCount, 0);
  assert.equal(entry.restart, undefined);
});
