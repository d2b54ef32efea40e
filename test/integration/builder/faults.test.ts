import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { NewBuildEvent } from "#contract/build-events.ts";
import { Machine, whyNot } from "./machine.ts";

const skip = whyNot() ?? false;

/** Resolves when an event of the build has this text. */
function writing(text: string): { onEvent: (event: NewBuildEvent) => void; seen: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onEvent = (event: NewBuildEvent): void => {
    if (event.type === "log" && event.text.includes(text)) resolve();
  };
  return { onEvent, seen: promise };
}

describe("builds that something happens to", { skip }, () => {
  const machine = new Machine();
  before(async () => {
    await machine.start();
    await machine.addBusybox();
  });
  after(() => machine.dispose());

  it("of two that wait for one step, the one that is cancelled leaves the other going", async () => {
    const dockerfile = "FROM busybox\nRUN echo begun; sleep 1; echo ended > /f\n";
    const first = writing("begun");
    const second = writing("begun");
    const cancelled = new AbortController();
    const one = machine.build(dockerfile, {}, { onEvent: first.onEvent, signal: cancelled.signal });
    one.catch(() => undefined);
    await first.seen;
    const other = machine.build(dockerfile, {}, { onEvent: second.onEvent });
    await second.seen; // it has joined: what was written already is told again
    cancelled.abort(new Error("enough"));
    await assert.rejects(one, /cancel|enough/);
    const { image } = await other;
    await machine.inspect(image, (root) => assert.equal(readFileSync(path.join(root, "f"), "utf8"), "ended\n"));
  });

  it("the base is removed in mid-build: the build ends well, on what it began with", async () => {
    const base = await machine.build("FROM busybox\nRUN echo base > /base\n", {}, { tags: ["base:1"] });
    const written = writing("begun");
    const build = machine.build(
      "FROM base:1\nRUN echo begun; sleep 0.5\nRUN cat /base\n",
      {},
      { onEvent: written.onEvent },
    );
    await written.seen;
    machine.images.remove("base:1", { force: true, prune: true });
    await machine.builder.cache.prune({ all: true });
    const { image } = await build;
    assert.notEqual(image.id, base.image.id);
    await machine.inspect(image, (root) => assert.equal(readFileSync(path.join(root, "base"), "utf8"), "base\n"));
    await assert.rejects(machine.build("FROM base:1\n"), /base:1/);
  });

  it("a RUN leaves processes behind: they end with it, and what they would have written is in no layer", async () => {
    const { image } = await machine.build(
      "FROM busybox\nRUN (sleep 0.7; echo late > /late) >/dev/null 2>&1 & echo now > /now\nRUN ls /\n",
    );
    await sleep(900);
    await machine.inspect(image, (root) => {
      assert.ok(readdirSync(root).includes("now"));
      assert.ok(!readdirSync(root).includes("late"));
    });
  });

  it("a RUN unmounts what it was given: refused, and the machine is as before", async () => {
    const { events } = await machine.build(
      "FROM busybox\nRUN for at in /proc /etc/hosts /sys /dev /; do busybox umount -l $at 2>/dev/null && echo lost $at; done; test -e /proc/1 && echo kept\n",
    );
    const output = events.map((event) => (event.type === "log" ? event.text : "")).join("");
    assert.equal(output, "kept\n");
    assert.ok(readFileSync("/proc/self/mountinfo", "utf8").includes(" /proc "));
  });

  it("a file of the context changes between its digest and its copy: never a layer that the cache calls something else", async () => {
    const dockerfile = "FROM busybox\nRUN echo begun; sleep 0.3\nCOPY a b /\nRUN cat /a /b\n";
    const contents: string[] = [];
    for (let round = 0; round < 4; round++) {
      const a = `a${round}`.repeat(1000 * (round + 1));
      const written = writing("begun");
      const build = machine.build(dockerfile, { a, b: "b" }, { noCache: true, onEvent: written.onEvent });
      await written.seen;
      const context = readdirSync(machine.directory).filter((name) => name.startsWith("context-"));
      const isIt = (file: string): boolean => existsSync(file) && readFileSync(file, "utf8") === a;
      const newest = context.find((name) => isIt(path.join(machine.directory, name, "a"))) ?? "";
      await sleep(280 + round * 10);
      writeFileSync(path.join(machine.directory, newest, "a"), "changed");
      try {
        const { image } = await build;
        await machine.inspect(image, (root) => contents.push(readFileSync(path.join(root, "a"), "utf8")));
        assert.ok([a, "changed"].includes(contents.at(-1) ?? ""), "whole, before or after the change");
      } catch (error) {
        assert.match((error as Error).message, /was changed while the build read it/);
      }
      // what the cache has for the content is that content
      const again = await machine.build("FROM busybox\nCOPY a b /\n", { a, b: "b" });
      await machine.inspect(again.image, (root) => assert.equal(readFileSync(path.join(root, "a"), "utf8"), a));
    }
  });

  it("a cache mount that was cut off while it was filled is never taken for one", async () => {
    const dockerfile = [
      "FROM busybox AS seed",
      "RUN mkdir /seed && echo whole > /seed/f",
      "FROM busybox",
      "RUN --mount=type=cache,id=cut,target=/c,from=seed,source=/seed cat /c/f",
    ].join("\n");
    const caches = path.join(machine.directory, "data/builder/cache-mounts");
    const aborted = new AbortController();
    const first = machine.build(dockerfile, {}, { signal: aborted.signal });
    aborted.abort(new Error("cut"));
    await assert.rejects(first);
    const { events } = await machine.build(dockerfile);
    assert.ok(events.some((event) => event.type === "log" && event.text.includes("whole")));
    assert.deepEqual(
      readdirSync(caches).filter((name) => name.includes(".")),
      [],
    );
  });
});
