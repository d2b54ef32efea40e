import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { NewBuildEvent } from "#contract/build-events.ts";
import { Machine, whyNot } from "./machine.ts";

type Warning = Extract<NewBuildEvent, { type: "warning" }>;

describe("build checks of a real build", { skip: whyNot() ?? false }, () => {
  const machine = new Machine();
  before(async () => {
    await machine.start();
    await machine.addBusybox({});
  });
  after(() => machine.dispose());

  async function warnings(dockerfile: string, files: Record<string, string> = {}): Promise<Map<string, Warning>> {
    const { events } = await machine.build(dockerfile, files);
    return new Map(events.filter((event) => event.type === "warning").map((warning) => [warning.rule, warning]));
  }

  it("says what the steps in question took and added in this very build", async () => {
    const dockerfile = "FROM busybox\nRUN head -c 300000 /dev/zero > /big; sleep 0.05\nRUN rm /big\n";
    const cold = (await warnings(dockerfile)).get("RemovedTooLate");
    assert.equal(cold?.range?.startLine, 3);
    assert.equal(cold.teaching, true);
    assert.equal(cold.url, "/drydock/v1/checks/RemovedTooLate");
    assert.ok((cold.evidence?.bytes ?? 0) >= 300_000, JSON.stringify(cold.evidence));
    assert.ok((cold.evidence?.durationMs ?? 0) >= 50, JSON.stringify(cold.evidence));
    const cached = (await warnings(dockerfile)).get("RemovedTooLate");
    assert.ok((cached?.evidence?.bytes ?? 0) >= 300_000);
    assert.equal(cached?.evidence?.durationMs, undefined, "nothing ran");
  });

  it("tells a file that .dockerignore leaves out before the build fails for it", async () => {
    const seen: Warning[] = [];
    const build = machine.build(
      "FROM busybox\nCOPY secret /\n",
      { secret: "x", ".dockerignore": "secret\n" },
      { onEvent: (event) => void (event.type === "warning" && seen.push(event)) },
    );
    await assert.rejects(build);
    assert.deepEqual(
      seen.map(({ rule, message }) => [rule, message]),
      [["CopyIgnoredFile", 'Attempting to Copy file "secret" that is excluded by .dockerignore']],
    );
  });

  it("fails before anything runs when the directive asks for it, and not when the argument does not", async () => {
    const dockerfile = "# check=error=true\nFROM busybox AS Build\nRUN exit 1\n";
    await assert.rejects(machine.build(dockerfile, {}), /lint violation found for rules: StageNameCasing/);
    const cut = machine.build("FROM scratch AS Upper\nBADCMD\n");
    await assert.rejects(cut, (error: Error & { events: NewBuildEvent[] }) => {
      assert.match(error.message, /line 2: unknown instruction: BADCMD/);
      const rules = error.events.flatMap((event) => (event.type === "warning" ? event.rule : []));
      assert.deepEqual(rules, ["StageNameCasing"], "what is odd above the mistake is told, too");
      return true;
    });
    const skipped = machine.build(dockerfile, {}, { buildArgs: { BUILDKIT_DOCKERFILE_CHECK: "skip=all" } });
    await assert.rejects(skipped, /exit|code 1/);
  });

  it("a fix makes an image without the finding", async () => {
    const dockerfile = "FROM busybox\nCOPY a /app\nRUN chown -R 1:1 /app\n";
    const finding = (await warnings(dockerfile, { "a/x": "1" })).get("ChangedAfterCopy");
    const lines = dockerfile.split("\n");
    for (const { range, text } of finding?.fix?.edits.toReversed() ?? []) {
      const before = (lines[range.startLine - 1] ?? "").slice(0, range.startColumn - 1);
      const behind = (lines[range.endLine - 1] ?? "").slice(range.endColumn - 1);
      lines.splice(range.startLine - 1, range.endLine - range.startLine + 1, before + text + behind);
    }
    assert.equal(lines.join("\n"), "FROM busybox\nCOPY --chown=1:1 a /app\n");
    assert.equal((await warnings(lines.join("\n"), { "a/x": "1" })).has("ChangedAfterCopy"), false);
  });
});
