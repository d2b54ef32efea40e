import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkDockerfile } from "#engine/builder/checks/check-dockerfile.ts";
import { teachingChecks } from "#engine/builder/checks/teaching/index.ts";
import { parseDockerfile } from "#engine/builder/dockerfile/parser.ts";
import { downloadName } from "#engine/builder/lower/copy-source.ts";
import { IgnoreRules } from "#engine/builder/dockerignore.ts";

/** Nearly the largest that is read. A step for each letter and each letter before it would take an hour. */
const size = 1_900_000;
const full = (unit: string) => unit.repeat(size / unit.length);
const image = { user: "", stages: new Set(["stage-0"]), target: "stage-0" };

const texts: readonly [what: string, text: string][] = [
  ["spaces within a line", `FROM scratch\nRUN a${full(" ")}b\n`],
  ["carriage returns within a line", `FROM scratch\nRUN a${full("\r")}b\n`],
  ["spaces in a directive", `# check=a${full(" ")}b\nFROM scratch\n`],
  ["spaces before a directive's value", `# check=${full(" ")}\rb\nFROM scratch\n`],
  ["a line that is continued for each word", `FROM scratch\nENV ${full("a=b \\\n")} c=d\n`],
  ["commands that may remove", `FROM scratch\nRUN apt-get install a ${full("rm ")}\n`],
  ["commands that may install", `FROM scratch\nRUN ${full("-;apt -;dnf ")}\n`],
  ["commands that may install from a list", `FROM scratch\nCOPY . .\nRUN ${full("pip install ")}\n`],
  ["empty lines in a script", `FROM scratch\nCOPY . .\nRUN <<E\n${full("\n")}x\nE\n`],
  ["a header that may have a token", `FROM scratch\nRUN Authorization:${full(" ")}"\n`],
  ["slashes of a path", `FROM scratch\nCOPY a /${full("/")}b\nRUN chown -R a:b /${full("/").slice(0, 1000)}b\n`],
];

describe("a Dockerfile that is made to take long", () => {
  for (const [what, text] of texts) {
    it(what, { timeout: 240_000 }, async () => {
      const { warnings } = await checkDockerfile(text, "Dockerfile");
      assert.ok(Array.isArray(warnings));
      const dockerfile = parseDockerfile(text);
      assert.equal(dockerfile.stages.length, 1);
      assert.ok(Array.isArray(teachingChecks(dockerfile, image)));
    });
  }

  it("the name of what is downloaded", { timeout: 240_000 }, () => {
    assert.equal(downloadName(`https://a${full("/")}b`), "b");
  });
});

describe("a .dockerignore of five thousand lines", () => {
  it("holds little, however many directories it is asked about", () => {
    const rules = IgnoreRules.parse(Array.from({ length: 5_000 }, (_, n) => `x${n}`).join("\n"));
    const before = process.memoryUsage();
    for (let n = 0; n < 10_000; n++) assert.equal(rules.ignores(`d${n}/file`), false);
    const after = process.memoryUsage();
    const held = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    assert.ok(held < 128 * 1024 ** 2, `${held} bytes`);
    assert.equal(rules.ignores("x7/file"), true);
  });

  it("is asked about directories within each other", () => {
    const rules = IgnoreRules.parse(Array.from({ length: 5_000 }, (_, n) => `x${n}`).join("\n"));
    assert.equal(rules.ignores(`${"d/".repeat(20)}x1`), false);
    assert.equal(rules.ignores(`x1/${"d/".repeat(20)}file`), true);
  });
});
