import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RunStep, RunStepFacts } from "#contract/run-anatomy.ts";
import { commandsFor, factsOf, timeToStart } from "./step-facts.ts";

const step = (facts: RunStepFacts, duration = 1): RunStep => ({ startedAt: 0, duration, ...facts });
const isolation: RunStepFacts = {
  kind: "isolation",
  runtime: "crun",
  pid: 4711,
  namespaces: [
    { type: "pid", inode: 4_026_532_200, how: "new" },
    { type: "network", inode: 4_026_532_201, how: "joined" },
    { type: "user", how: "host" },
  ],
  cgroup: { path: "/drydock/x", memory: 64 * 2 ** 20, cpus: 0.5 },
  ids: { host: 100_000, size: 65_536 },
  capabilities: ["CHOWN", "KILL"],
  noNewPrivileges: false,
  readonlyRoot: true,
  maskedPaths: 9,
  readonlyPaths: 5,
};
const valuesOf = (facts: RunStepFacts): Record<string, string[]> =>
  Object.fromEntries(
    factsOf(step(facts)).map(({ name, values }) => [name, values.map((value) => value.replaceAll("\u00a0", " "))]),
  );

describe("what a step of a run made", () => {
  it("has each kernel object with its number, and whose it is", () => {
    const facts = valuesOf(isolation);
    assert.deepEqual(facts["Namespaces"], [
      "pid:[4026532200] sees only its own processes",
      "network:[4026532201] another container's",
      "user the machine's",
    ]);
    assert.deepEqual(facts["Process"], ["4711 on the machine, 1 inside"]);
    assert.match(facts["Limits"]?.[0] ?? "", /^64 MiB, 0\.5/);
    assert.deepEqual(facts["User ids"], ["0 to 65535 inside are 100000 to 165535 on the machine"]);
    assert.deepEqual(facts["System calls"], ["not filtered"]);
    assert.equal(facts["New rights"], undefined, "what is not so has no line");
  });

  it("is shown from within by commands, where it is seen from there", () => {
    assert.ok(commandsFor(step(isolation)).includes("ls -l /proc/self/ns"));
    assert.deepEqual(commandsFor(step({ kind: "layer", driver: "overlay2" })), []);
  });

  it("counts from the image to the program, and a pull for itself", () => {
    const start = step({
      kind: "start",
      args: ["sh"],
      directory: "/",
      user: { uid: 0, gid: 0 },
      terminal: true,
      stdin: true,
    });
    const made = [step({ kind: "layer", driver: "overlay2" }, 20), step(isolation, 30)];
    const plain = (steps: RunStep[]) => timeToStart(steps)?.replaceAll("\u00a0", " ");
    assert.equal(plain([...made, start]), "51 ms from the image to the running program");
    const pull = step({ kind: "pull", name: "busybox" }, 900);
    assert.match(plain([pull, ...made, start]) ?? "", /^51 ms .*, after a pull of 900 ms$/);
    assert.equal(plain(made), undefined, "it has not started");
  });
});
