import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { CommandError } from "../../../server/cli/command-error.ts";
import { checkProcessSettings } from "../../../server/cli/process-settings.ts";
import { webProcesses } from "../../../server/cli/webs.ts";

describe("settings of drydockd and web, before they are started anew", () => {
  const scratch = mkdtempSync(join(tmpdir(), "drydock-settings-"));
  after(() => rmSync(scratch, { recursive: true }));
  const daemonJson = join(scratch, "daemon.json");
  const check = (environment: Record<string, string>): void =>
    checkProcessSettings({ NODE_ENV: "production", ...environment }, webProcesses({ port: 8080 }, environment));
  const refused = (environment: Record<string, string>, why: RegExp): void =>
    assert.throws(
      () => check(environment),
      (error) => error instanceof CommandError && why.test(error.message) && /started or stopped/.test(error.message),
    );

  it("are taken when both would start with them", () => {
    writeFileSync(daemonJson, "{}");
    const settings = { DRYDOCK_CONFIG: daemonJson, DRYDOCK_PUBLIC_URL: "https://play.example.org" };
    check({ ...settings, DRYDOCK_EMBED_SITES: "https://docs.example.org" });
  });

  it("are refused in the words of which of them makes no sense", () => {
    refused({ DRYDOCK_EMBED_SITES: "banana" }, /DRYDOCK_EMBED_SITES must be sites .* not "banana"/);
    refused({ DRYDOCK_PUBLIC_URL: "banana" }, /DRYDOCK_PUBLIC_URL must be the page's address, .* not "banana"/);
    refused({ DRYDOCK_TENANT_CPUS: "many" }, /DRYDOCK_TENANT_CPUS must be a number/);
    refused({ DRYDOCK_NAME: "too-long" }, /invalid name "too-long"/);
    writeFileSync(daemonJson, '{"dns": 5}');
    refused({ DRYDOCK_CONFIG: daemonJson }, /daemon\.json.*dns/s);
  });
});
