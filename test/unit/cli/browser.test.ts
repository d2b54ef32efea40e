import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { chromiumPath, whyNoChromium } from "../../../server/cli/browser.ts";

test("the browser of the tests: the one that DRYDOCK_CHROMIUM names, else the one on PATH", (t) => {
  const { PATH, DRYDOCK_CHROMIUM } = process.env;
  const directory = mkdtempSync(join(tmpdir(), "drydock-browser-"));
  t.after(() => {
    process.env["PATH"] = PATH;
    if (DRYDOCK_CHROMIUM === undefined) delete process.env["DRYDOCK_CHROMIUM"];
    else process.env["DRYDOCK_CHROMIUM"] = DRYDOCK_CHROMIUM;
    rmSync(directory, { recursive: true });
  });
  const make = (name: string) => {
    writeFileSync(join(directory, name), "#!/bin/sh\n");
    chmodSync(join(directory, name), 0o755);
  };
  make("chromium");
  make("other");
  process.env["PATH"] = directory;
  process.env["DRYDOCK_CHROMIUM"] = "";
  assert.equal(chromiumPath(), join(directory, "chromium"));
  make("chromium-headless-shell");
  assert.equal(chromiumPath(), join(directory, "chromium-headless-shell"));
  process.env["DRYDOCK_CHROMIUM"] = join(directory, "other");
  assert.equal(chromiumPath(), join(directory, "other"));
  assert.equal(whyNoChromium(), undefined);
  process.env["DRYDOCK_CHROMIUM"] = join(directory, "none");
  assert.equal(chromiumPath(), undefined);
  assert.match(whyNoChromium() ?? "", /Chromium is not at .*\/none, which DRYDOCK_CHROMIUM names/);
});
