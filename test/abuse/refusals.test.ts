/** What reaches the machine or a neighbour by way of the Docker API is refused, in words that teach. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { refusedCommands } from "./refusals.ts";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();

describe("docker, asked for what is not the learner's", { skip }, () => {
  for (const { command, because } of refusedCommands) {
    test(`docker ${command}`, async () => {
      const { status, stdout, stderr } = await stage.attacker.docker(...words(command));
      assert.notEqual(status, 0, stdout);
      assert.match(stderr, because);
      stage.engine.good(await stage.attacker.docker("container", "prune", "-f"));
      const { text } = await stage.api("GET", "/containers/json?all=1");
      assert.deepEqual(
        (JSON.parse(text) as { Names: string[] }[]).flatMap(({ Names }) => Names),
        ["/cell"],
        "nothing of it stays",
      );
      await stage.unharmed();
    });
  }
});

/** As a shell splits them; single quotes only. */
function words(command: string): string[] {
  return [...command.matchAll(/(?:[^\s']+|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ""));
}
