import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { CommandError } from "../../../server/cli/command-error.ts";
import { processEnvironment, readSettings, saveSettings, settingsFromArgs } from "../../../server/cli/settings.ts";

const before = { ...process.env };
let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "drydock-settings-"));
  for (const name of Object.keys(process.env)) {
    if (name.startsWith("DRYDOCK_") || /proxy/i.test(name)) Reflect.deleteProperty(process.env, name);
  }
  process.env["DRYDOCK_SETTINGS"] = join(directory, "settings.json");
});

afterEach(() => {
  process.env = { ...before };
  rmSync(directory, { recursive: true });
});

test("settings that nobody gave are the defaults", () => {
  const { data, run, host, port, user } = readSettings();
  assert.deepEqual(
    { data, run, host, port, user },
    { data: "/var/lib/drydock", run: "/run/drydock", host: "127.0.0.1", port: 8080, user: "drydock" },
  );
});

test("what up was given is there for later commands, and the environment wins over it", () => {
  const { settings, install } = settingsFromArgs(["--port", "9000", "--host", "0.0.0.0", "--install"]);
  assert.equal(install, true);
  saveSettings(settings);
  assert.equal(readSettings().port, 9000);
  assert.equal(readSettings().host, "0.0.0.0");
  process.env["DRYDOCK_PORT"] = "9001";
  assert.equal(readSettings().port, 9001);
});

for (const port of ["0", "65536", "http", "80.5", ""]) {
  test(`the port "${port}" is refused with an example`, () => {
    assert.throws(
      () => settingsFromArgs(["--port", port]),
      (error: Error) => error instanceof CommandError && error.message.includes("for instance --port 8080"),
    );
  });
}

test("an unknown flag is refused, and the one that was meant is told", () => {
  assert.throws(
    () => settingsFromArgs(["--prot", "80"]),
    (error: Error) => error instanceof CommandError && /--prot \(did you mean --port\?\)/.test(error.message),
  );
});

test("a settings file that a full disk cut short counts as none", () => {
  writeFileSync(join(directory, "settings.json"), "");
  assert.equal(readSettings().port, 8080);
});

for (const name of ["settings.json", "settings.env.json"]) {
  test(`half a ${name} is told, with what to do`, { skip: process.getuid?.() !== 0 && "root alone reads both" }, () => {
    saveSettings(readSettings());
    writeFileSync(join(directory, name), '{ "data": "/va');
    assert.throws(
      () => processEnvironment(readSettings()),
      (error: Error) =>
        error instanceof CommandError && error.message.includes(`${join(directory, name)} is not whole`),
    );
  });
}

test("killed while it writes them: what was saved before is still there", () => {
  saveSettings({ ...readSettings(), port: 9000 });
  const before = readFileSync(join(directory, "settings.json"), "utf8");
  const source = JSON.stringify(join(import.meta.dirname, "../../../server/cli/settings.ts"));
  const script = `const s = await import(${source}); s.saveSettings({ ...s.readSettings(), port: 9001 })`;
  // The kernel kills whoever writes to a file past this limit (setrlimit(2), RLIMIT_FSIZE).
  const killed = spawnSync("prlimit", ["--fsize=0", process.execPath, "--input-type=module", "-e", script]);
  assert.notEqual(killed.status, 0, "it should not have come to its end");
  assert.equal(readFileSync(join(directory, "settings.json"), "utf8"), before);
});

test("saving leaves nothing beside the two files", () => {
  saveSettings(readSettings());
  assert.deepEqual(readdirSync(directory).toSorted(), ["settings.env.json", "settings.json"]);
});

test("the operator's variables are remembered for systemd, for root's eyes alone", () => {
  process.env["DRYDOCK_POLICY"] = "class";
  process.env["https_proxy"] = "http://user:secret@127.0.0.1:3128";
  saveSettings(readSettings());
  Reflect.deleteProperty(process.env, "DRYDOCK_POLICY");
  Reflect.deleteProperty(process.env, "https_proxy");
  assert.equal(statSync(join(directory, "settings.env.json")).mode & 0o077, 0);
  assert.doesNotMatch(readFileSync(join(directory, "settings.json"), "utf8"), /secret/);
  if (process.getuid?.() === 0) {
    const environment: Record<string, string> = processEnvironment(readSettings());
    assert.equal(environment["DRYDOCK_POLICY"], "class");
    assert.equal(environment["https_proxy"], "http://user:secret@127.0.0.1:3128");
  }
});

test("one data directory moves all: the page's database follows it, unless it was named", () => {
  const saved = () => JSON.parse(readFileSync(join(directory, "settings.json"), "utf8")) as object;
  assert.equal(readSettings().webData, "/var/lib/drydock/web");
  saveSettings(settingsFromArgs(["--data", "/srv/one"]).settings);
  assert.equal(readSettings().webData, "/srv/one/web");
  assert.ok(!("webData" in saved()));
  process.env["DRYDOCK_DATA"] = "/srv/two";
  assert.equal(processEnvironment(readSettings())["DRYDOCK_WEB_DATA"], "/srv/two/web");
  process.env["DRYDOCK_WEB_DATA"] = "/srv/page";
  saveSettings(settingsFromArgs([]).settings);
  Reflect.deleteProperty(process.env, "DRYDOCK_WEB_DATA");
  assert.equal(readSettings().webData, "/srv/page");
});

test("web is told the socket of this drydockd", () => {
  process.env["DRYDOCK_RUN"] = "/tmp/dd-other";
  assert.equal(processEnvironment(readSettings())["DRYDOCK_WEB_SOCKET"], "/tmp/dd-other/web.sock");
});
