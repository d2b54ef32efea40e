import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { CommandError } from "../../../server/cli/command-error.ts";
import { installUnit, isInstalled } from "../../../server/cli/systemd.ts";

const skip = existsSync("/run/systemd/system") && "systemd runs this machine: `npm run test:vm` has up --install";

test("up --install where no systemd runs is refused, with what up does without it", { skip }, () => {
  const settings = {
    checkout: "/c",
    data: "/d",
    run: "/r",
    webData: "/w",
    host: "127.0.0.1",
    port: 1,
    user: "drydock",
  };
  assert.throws(
    () => installUnit(settings),
    (error: Error) =>
      error instanceof CommandError &&
      /--install needs systemd, .* without --install Drydock starts in the background/.test(error.message),
  );
  assert.equal(isInstalled(), false);
});
