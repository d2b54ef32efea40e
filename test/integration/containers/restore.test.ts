import assert from "node:assert/strict";
import { patience } from "../../suites/patience.ts";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import type { Started } from "./before-kill.ts";
import { Machine, until, whyNot } from "./machine.ts";

const skip = whyNot() ?? false;

/** What another drydockd started before it was killed with SIGKILL. */
async function startAndKill({ directory, name }: Machine): Promise<Started> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "before-kill.ts"), directory, name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  child.kill("SIGKILL");
  await once(child, "exit");
  child.stdout.destroy();
  return JSON.parse(line) as Started;
}

describe("containers after drydockd was killed", { skip }, () => {
  const machine = new Machine();
  after(() => machine.dispose());

  it("are found again, with output, exit codes, terminals and restart policies", async () => {
    const { runs, ends, always, removes, terminal, pid } = await startAndKill(machine);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await machine.start();

    const { containers, terminals } = machine.engine;
    assert.equal(containers.get(runs).status, "running");
    assert.equal(containers.get(runs).pid, pid);
    await until(() => containers.get(ends).status === "exited");
    assert.equal(containers.get(ends).exitCode, 5);
    assert.equal(await machine.logged(ends), "last words\n");
    await until(() => containers.get(always).restartCount > 0);
    await until(() => !containers.list().some((container) => container.id === removes));

    await terminals.input(terminal, Buffer.from("echo af''ter\r"));
    const signal = AbortSignal.timeout(patience);
    let screen = "";
    for await (const chunk of (await terminals.output(terminal, { offset: 0, signal })).bytes) {
      screen += chunk.toString();
      if (screen.includes("\nafter\r")) {
        break;
      }
    }
    assert.match(screen, /\nbefore\r[^]*\nafter\r/);
    await terminals.end(terminal);
    assert.deepEqual(terminals.list(), []);

    await containers.kill(runs);
    const lines = (await machine.logged(runs)).trim().split("\n").map(Number);
    assert.ok(lines.length > 10);
    assert.deepEqual(lines, [...lines.keys()], "no line was lost or came twice");
    await containers.remove(always, { force: true, volumes: false });
    assert.deepEqual(machine.errors, []);
  });
});
