import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { classify, hexLines, joinPath, modeText, parentOf } from "./file-bytes.ts";

describe("a file of a container", () => {
  const bytes = (text: string) => new Uint8Array(new TextEncoder().encode(text));

  it("is text, a picture by its name, or bytes", () => {
    assert.deepEqual(classify("a.svg", bytes("<svg/>")), { kind: "text", text: "<svg/>" });
    assert.deepEqual(classify("a.PNG", bytes("x")), { kind: "image", type: "image/png" });
    assert.equal(classify("ls", bytes("\u007FELF\u0000")).kind, "hex");
    assert.equal(classify("latin1", new Uint8Array([0x66, 0xfc, 0x72])).kind, "hex");
  });

  it("has its bytes sixteen a line", () => {
    const [first, second] = hexLines(bytes("0123456789abcdef\n"));
    assert.equal(first, "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|");
    assert.match(second ?? "", /^00000010 {2}0a +\|\.\|$/);
  });

  it("has the mode that ls shows, and its place", () => {
    assert.equal(modeText(0o755), "rwxr-xr-x");
    assert.equal(modeText(0o4755), "rwsr-xr-x");
    assert.equal(modeText(0o1777), "rwxrwxrwt");
    assert.equal(modeText(0o2640), "rw-r-S---");
    assert.equal(joinPath("/", "etc"), "/etc");
    assert.equal(joinPath("/etc", "passwd"), "/etc/passwd");
    assert.equal(parentOf("/etc/passwd"), "/etc");
    assert.equal(parentOf("/etc"), "/");
  });
});
