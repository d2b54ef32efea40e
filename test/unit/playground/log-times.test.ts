import assert from "node:assert/strict";
import { format } from "node:util";
import { test } from "node:test";
import { type Log, stampTimes } from "../../../server/playground/log-times.ts";

test("every line of web's log begins with the time", () => {
  const lines: string[] = [];
  const write = (...args: unknown[]) => void lines.push(format(...args));
  const log: Log = { log: write, info: write, warn: write, error: write };
  stampTimes(log, () => new Date("2026-01-02T03:04:05.678Z"));
  log.log("It is at %s", "here");
  log.error(new RangeError("too far").message, { port: 1 });
  log.warn({ port: 2 });
  log.info();
  assert.deepEqual(
    lines.map((line) => line.trimEnd()),
    [
      "2026-01-02T03:04:05.678Z It is at here",
      "2026-01-02T03:04:05.678Z too far { port: 1 }",
      "2026-01-02T03:04:05.678Z { port: 2 }",
      "2026-01-02T03:04:05.678Z",
    ],
  );
});
