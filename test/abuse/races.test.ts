/** Files, names and numbers that change their meaning while the engine works on them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();
const { good } = stage.engine;
const docker = (...args: string[]) => stage.attacker.docker(...args);

describe("a volume that another container writes into", { skip }, () => {
  test("while it takes what the image has: links among its names lead no byte out of it", async () => {
    const names = 3_000;
    const files = `mkdir /data && cd /data && for i in $(seq ${names}); do echo stolen > f$i; done`;
    const built = await stage.build("full", `FROM debian\nRUN ${files}\n`);
    assert.ok(!built.text.includes("errorDetail"), built.text.slice(-500));
    const plant = `$|=1;print "ready\\n";until(glob "/v/f*"){}for(reverse 1..${names}){symlink "${stage.canary}","/v/f$_"}`;
    for (let round = 0; round < 3; round += 1) {
      good(await docker("run", "-d", "--name", "planter", "-v", "raced:/v", "debian", "perl", "-e", plant));
      good(await docker("create", "--name", "taker", "-v", "raced:/data", "full", "true"));
      good(await docker("rm", "-f", "planter", "taker"));
      good(await docker("volume", "rm", "raced"));
      await stage.unharmed();
    }
  });
});
