import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Machine, whyNot } from "./machine.ts";

const skip = whyNot() ?? false;

describe("containers on a real machine", { skip }, () => {
  const machine = new Machine();
  before(() => machine.start());
  after(() => machine.dispose());

  async function logged(id: string): Promise<string> {
    let text = "";
    for await (const record of machine.engine.streams.logs(id, {
      stdout: true,
      stderr: true,
      follow: true,
      signal: AbortSignal.timeout(20_000),
    })) {
      text += record.line.toString();
    }
    return text;
  }

  it("runs a program to its end and keeps its output and exit code", async () => {
    const id = await machine.run(["sh", "-c", "echo hello; id -u; hostname; cat /etc/hosts; exit 3"]);
    const { exitCode } = await machine.ended(id);
    assert.equal(exitCode, 3);
    const text = await logged(id);
    assert.match(text, new RegExp(`^hello\n0\n${id.slice(0, 12)}\n127.0.0.1\tlocalhost`));
    assert.equal(machine.engine.containers.get(id).status, "exited");
    await machine.engine.containers.remove(id, { force: false, volumes: false });
    assert.deepEqual(machine.errors, []);
  });
});
