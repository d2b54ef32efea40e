/** What reaches the machine or a neighbour by way of the Docker API is refused, in words that teach. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { refusedCommands } from "./refusals.ts";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();
/** command → what the engine answered; nothing of what the client itself refuses */
const answers = new Map<string, string>();
/** what this machine's client cannot say */
const notAsked: string[] = [];

describe("docker, asked for what is not the learner's", { skip }, () => {
  for (const { command, because } of refusedCommands) {
    test(`docker ${command}`, async (t) => {
      const { status, stdout, stderr } = await stage.attacker.docker(...words(command));
      assert.notEqual(status, 0, stdout);
      const unknown = /unknown flag: \S+/.exec(stderr)?.[0];
      if (unknown !== undefined) {
        notAsked.push(command);
        return t.skip(`this docker client is too old: ${unknown}`);
      }
      assert.match(stderr, because);
      const answer = /Error response from daemon: (.+)/.exec(stderr)?.[1];
      // The client 20.10 ends what it is told with a full stop of its own.
      if (answer !== undefined) answers.set(command, answer.replace(/\.$/, ""));
      assert.equal((await stage.api("POST", "/containers/prune")).status, 200);
      const { text } = await stage.api("GET", "/containers/json?all=1");
      assert.deepEqual(
        (JSON.parse(text) as { Names: string[] }[]).flatMap(({ Names }) => Names),
        ["/cell"],
        "nothing of it stays",
      );
      await stage.unharmed();
    });
  }

  test("docs/security.md shows what a learner sees (DRYDOCK_WRITE_DOCS=1 writes it)", (t) => {
    if (notAsked.length > 0) return t.skip(`not asked by this docker client: ${notAsked.join("; ")}`);
    const file = join(import.meta.dirname, "../../docs/security.md");
    const text = readFileSync(file, "utf8");
    const marks = /(<!-- answers -->\n)[^]*(<!-- end of answers -->)/;
    const shown = [...answers].map(([command, answer]) => `    $ docker ${command}\n    ${answer}\n`).join("\n");
    const wanted = text.replace(marks, (_all, begin: string, end: string) => `${begin}\n${shown}\n${end}`);
    if (process.env["DRYDOCK_WRITE_DOCS"] === "1") writeFileSync(file, wanted);
    else assert.equal(text, wanted, "run this test with DRYDOCK_WRITE_DOCS=1 and commit docs/security.md");
  });
});

/** As a shell splits them; single quotes only. */
function words(command: string): string[] {
  return [...command.matchAll(/(?:[^\s']+|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ""));
}
