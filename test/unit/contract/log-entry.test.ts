import assert from "node:assert/strict";
import { test } from "node:test";
import { openLog } from "../../../server/compose/log.ts";
import { stampTimes } from "../../../server/playground/log-times.ts";

const hostile = "GET /\u001b]0;x\u0007\u009b2J\r\n2026-01-01T00:00:00.000Z all is well";
const shown = "GET /?]0;x??2J?\n    2026-01-01T00:00:00.000Z all is well";

test("what learners name steers no operator's terminal, and is no entry of its own", () => {
  const written: string[] = [];
  openLog(
    (text) => written.push(text),
    () => ({}),
  )(hostile);
  const log = { log: (...texts: unknown[]) => written.push(texts.join(" ")), info() {}, warn() {}, error() {} };
  stampTimes(log, () => new Date(0));
  log.log("%s failed.", hostile);
  assert.equal(written.length, 2);
  assert.equal(written[0]?.slice("2026-01-01T00:00:00.000Z ".length), `${shown}\n`);
  assert.equal(written[1], `1970-01-01T00:00:00.000Z ${shown} failed.`);
});
