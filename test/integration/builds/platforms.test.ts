import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { BuildStart, BuildSummary } from "../../../server/contract/extension-api.ts";
import { engineOfThisFile, whyNot } from "../../suites/drydockd.ts";
import { tinyProgram } from "../../suites/tiny-program.ts";
import { eventsOf } from "../faults/building.ts";
import { json, send } from "../faults/http.ts";

const engine = engineOfThisFile();
const [here, elsewhere] = process.arch === "arm64" ? (["arm64", "amd64"] as const) : (["amd64", "arm64"] as const);

/** Whether the kernel runs the other processor's programs, by an emulator that is registered with binfmt_misc. */
function isEmulated(): boolean {
  const program = join(engine.directory, "tiny");
  writeFileSync(program, tinyProgram(elsewhere), { mode: 0o755 });
  return spawnSync(program).status === 0;
}

describe("programs of processors in a build", { skip: whyNot() ?? false }, () => {
  before(async () => {
    for (const name of [here, elsewhere]) {
      const path = `/drydock/v1/workspace/file?path=app/${name}`;
      const { status, text } = await send(engine.socket, path, { method: "PUT", body: tinyProgram(name) });
      assert.ok(status < 300, text);
    }
  });

  async function build(dockerfileText: string, more: Partial<BuildStart> = {}) {
    const asked = { contextPath: "app", tags: [], dockerfileText, ...more };
    const { id } = await json<BuildSummary>(engine.socket, "POST", "/drydock/v1/builds", asked);
    const events = await eventsOf(engine.socket, id);
    return {
      last: events.at(-1),
      output: events.flatMap((event) => (event.type === "log" ? [event.text] : [])).join(""),
    };
  }

  const run = (name: string) => `FROM scratch\nCOPY --chmod=755 ${name} /program\nRUN ["/program"]\n`;

  test("this machine's run", async () => {
    const { last, output } = await build(run(here));
    assert.deepEqual([last?.type, output], ["completed", "hi\n"]);
  });

  test("another's run where something emulates it, and else the build says what can be done", async () => {
    const { last, output } = await build(run(elsewhere), { platform: `linux/${elsewhere}` });
    if (isEmulated()) {
      assert.deepEqual([last?.type, output], ["completed", "hi\n"]);
      return;
    }
    assert.ok(last?.type === "failed", JSON.stringify(last));
    const { hint = "", range } = last.error;
    assert.match(hint, new RegExp(`for linux/${elsewhere}, this machine is linux/${here}`));
    assert.match(hint, /BUILDPLATFORM.*TARGETARCH.*binfmt_misc/s);
    assert.equal(range?.startLine, 3);
  });

  test("an image is of the platform that was asked for, also where its base is this machine's", async () => {
    await build(`FROM scratch\nCOPY ${here} /program\n`, { tags: ["base:1"] });
    const dockerfile = `FROM --platform=linux/${here} base:1\nCOPY ${elsewhere} /program\n`;
    const { last } = await build(dockerfile, { tags: ["other:1"], platform: `linux/${elsewhere}` });
    assert.equal(last?.type, "completed", JSON.stringify(last));
    const image = await json<{ Architecture: string }>(engine.socket, "GET", "/images/other:1/json");
    assert.equal(image.Architecture, elsewhere);
  });

  test("for another system files can be given out, but there is no image, in dockerd's words", async () => {
    const dockerfileText = `FROM scratch\nCOPY ${here} /program.exe\n`;
    const platform = "windows/amd64";
    const { last: stored } = await build(dockerfileText, { platform });
    assert.ok(stored?.type === "failed", JSON.stringify(stored));
    assert.equal(stored.error.message, "operating system is not supported");
    assert.match(stored.error.hint ?? "", /windows.*"outputs"/);
    assert.equal(stored.error.range?.startLine, 1);
    const { last: givenOut } = await build(dockerfileText, { platform, outputs: ["out"] });
    assert.equal(givenOut?.type, "completed", JSON.stringify(givenOut));
    const { status } = await send(engine.socket, "/drydock/v1/workspace/file?path=out/program.exe");
    assert.equal(status, 200);
    const context = join(engine.directory, "context");
    mkdirSync(context);
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
    const { status: exit, stderr } = await engine.docker("build", "--platform", platform, context);
    assert.deepEqual([exit, /operating system is not supported/.test(stderr)], [1, true], stderr);
  });

  test("a file that is no program at all is another mistake", async () => {
    const { last } = await build(`FROM scratch\nCOPY --chmod=755 <<EOF /program\nnothing\nEOF\nRUN ["/program"]\n`);
    assert.ok(last?.type === "failed", JSON.stringify(last));
    assert.match(last.error.hint ?? "", /kind of processor, or a script whose first line/);
  });
});
