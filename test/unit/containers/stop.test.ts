import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ContainerEntry } from "#engine/containers/container-entry.ts";
import type { Container } from "#engine/containers/container.ts";
import type { ContainerParts } from "#engine/containers/container-parts.ts";
import { Stopper } from "#engine/containers/stop.ts";

describe("a kill of a container that is being restarted", () => {
  it("ends the run that comes of it", async () => {
    const record = { id: "one", name: "one", status: "restarting", config: { labels: {}, image: "i", stopSignal: "" } };
    const entry = new ContainerEntry(record as unknown as Container, undefined as never, undefined as never);
    const parts = {
      events: { publish: () => undefined },
      table: { update: (of: ContainerEntry, changes: object) => (of.record = { ...of.record, ...changes }) },
    } as unknown as ContainerParts;
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const signals: number[] = [];
    const restart = entry.mutex.run(async () => {
      await started;
      entry.record = { ...entry.record, status: "running" };
      const kill = (signal: number) => Promise.resolve(void signals.push(signal));
      entry.run = { task: { kill } as never, settled: Promise.resolve() };
    });

    const killed = new Stopper(parts).kill(entry);
    start();
    await Promise.all([restart, killed]);

    assert.deepEqual(signals, [9]);
    assert.equal(entry.record.stoppedByUser, true);
  });
});
