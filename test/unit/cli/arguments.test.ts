import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { helpText, readArguments, verbOf } from "../../../server/cli/arguments.ts";
import { CommandError } from "../../../server/cli/command-error.ts";

const cli = join(import.meta.dirname, "../../../server/cli");
const commands = [...readFileSync(join(cli, "main.ts"), "utf8").matchAll(/^ {2}([a-z]+): \(\) => import\("/gm)].map(
  ([, name]) => name ?? "",
);

function drydock(...args: string[]) {
  const main = [process.execPath, "--disable-warning=ExperimentalWarning", join(cli, "main.ts")] as const;
  return spawnSync(main[0], [main[1], main[2], ...args], { encoding: "utf8" });
}

function refuses(words: RegExp, act: () => unknown): void {
  assert.throws(act, (error: Error) => error instanceof CommandError && words.test(error.message));
}

test("every command is explained, and the overview names each", () => {
  assert.ok(commands.length >= 13, commands.join(" "));
  assert.deepEqual(
    readdirSync(join(cli, "help")).toSorted(),
    [...commands, "drydock"].map((name) => `${name}.txt`).toSorted(),
  );
  for (const name of commands) {
    assert.match(helpText(name) ?? "", new RegExp(`^(?:sudo )?\\./drydock ${name}\\b`));
    assert.match(helpText() ?? "", new RegExp(`^ {2}\\./drydock ${name} +\\S`, "m"));
  }
  for (const name of ["nothing", "../help/up", "constructor"]) assert.equal(helpText(name), undefined);
});

test("help COMMAND, COMMAND --help and -h print the text; an unknown command is told with the one that was meant", () => {
  for (const args of [
    ["help", "tenants"],
    ["tenants", "--help"],
    ["tenants", "create", "-h"],
    ["tenants", "help"],
  ]) {
    const { status, stdout } = drydock(...args);
    assert.deepEqual([status, stdout], [0, helpText("tenants")], args.join(" "));
  }
  assert.equal(drydock().stdout, helpText());
  const { status, stderr } = drydock("statsu");
  assert.equal(status, 2);
  assert.match(stderr, /there is no command "statsu" \(did you mean status\?\)/);
});

test("an option that a command has not is refused, with the one that was meant and the way to its help", () => {
  const options = { port: { type: "string" }, follow: { type: "boolean", short: "f" } } as const;
  refuses(/^up has no option --prot \(did you mean --port\?\)\nSee \.\/drydock help up$/, () =>
    readArguments("up", ["--prot", "80"], options),
  );
  refuses(/^up has no option -z\n/, () => readArguments("up", ["-z"], options));
  refuses(/^up does not take "more"\n/, () => readArguments("up", ["more"], options));
  refuses(/--port.*argument missing\nSee/, () => readArguments("up", ["--port"], options));
  refuses(/^Option '--port' argument missing: what follows begins with -\nSee/, () =>
    readArguments("up", ["--port", "-1"], options),
  );
  const { values, positionals } = readArguments("up", ["-f", "--port=80", "a"], options, 1);
  assert.deepEqual([values.follow, values.port, positionals], [true, "80", ["a"]]);
  refuses(/^up has no "lsit" \(did you mean list\?\): list, load\n/, () => verbOf("up", { list: 1, load: 2 }, "lsit"));
});

test("no command runs with an option that it has not", () => {
  for (const name of commands) {
    const { status, stderr, stdout } = drydock(name, "--none-such");
    assert.equal(status, 1, stdout);
    assert.match(stderr, /none-such/);
    assert.match(stderr, new RegExp(`See \\./drydock help ${name}$`, "m"));
  }
});
