import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DiskFull, errorOfCode, isEngineError, OutOfRange } from "#engine/errdefs/errors.ts";
import { tooManyBytes } from "#engine/errdefs/too-many-bytes.ts";
import { fullInstead } from "#engine/quota/disk-room.ts";

const disk = () => ({ room: 10, full: () => new DiskFull("no space left on device: 10 of 10 bytes") });

describe("fullInstead", () => {
  it("tells what was cut off at a tenant's room as a full disk, also when another thread has told of it", () => {
    const cut = tooManyBytes("the archive unpacks to more than 10 bytes");
    const copy = errorOfCode(cut.code, cut.message, structuredClone(cut.detail));
    for (const error of [cut, copy]) assert.ok(isEngineError(fullInstead(error, disk), "disk_full"));
  });

  it("leaves other errors as they are, whatever their words, and all where there is no bound", () => {
    const other = new OutOfRange("the blob has more than 10 bytes");
    assert.equal(fullInstead(other, disk), other);
    const cut = tooManyBytes("more");
    assert.equal(
      fullInstead(cut, () => ({ ...disk(), room: undefined })),
      cut,
    );
    assert.equal(fullInstead(cut, undefined), cut);
  });
});
