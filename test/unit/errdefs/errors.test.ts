import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError, isEngineError, NotFound } from "../../../server/engine/errdefs/errors.ts";

test("an error carries its class, code, message and cause", () => {
  const cause = new Error("open: no such file");
  const error = new NotFound("No such image: busybox", { cause });
  assert.ok(error instanceof EngineError);
  assert.equal(error.name, "NotFound");
  assert.equal(error.cause, cause);
  assert.ok(isEngineError(error, "conflict", "not_found"));
  assert.ok(!isEngineError(error, "conflict"));
  assert.ok(!isEngineError(cause));
});
