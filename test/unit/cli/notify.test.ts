import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import koffi from "koffi";
import { CommandError } from "../../../server/cli/command-error.ts";
import { notify } from "../../../server/cli/notify.ts";

const libc = koffi.load("libc.so.6");
const socket = libc.func("int socket(int, int, int)");
const bind = libc.func("int bind(int, void *, uint32_t)");
const recv = libc.func("long recv(int, void *, size_t, int)");
const close = libc.func("int close(int)");

/** What arrives at a datagram socket with this address, as the service manager has one. */
function received(name: Buffer, send: () => void): string {
  const fd = Number(socket(1, 2, 0));
  try {
    const address = Buffer.concat([Buffer.from([1, 0]), name]);
    assert.equal(bind(fd, address, address.length), 0, `errno ${koffi.errno()}`);
    send();
    const message = Buffer.alloc(100);
    return message.toString("utf8", 0, Number(recv(fd, message, message.length, 0x40)));
  } finally {
    close(fd);
  }
}

test("the service manager is told through its socket, with a path or an abstract name", () => {
  const directory = mkdtempSync(join(tmpdir(), "drydock-notify-"));
  try {
    const path = join(directory, "socket");
    assert.equal(
      received(Buffer.from(`${path}\0`), () => notify(path, "READY=1")),
      "READY=1",
    );
    const abstract = `drydock-test-${process.pid}`;
    assert.equal(
      received(Buffer.from(`\0${abstract}`), () => notify(`@${abstract}`, "STOPPING=1")),
      "STOPPING=1",
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("a socket that nobody listens on is an error with its name", () => {
  assert.throws(
    () => notify("/nonexistent/socket", "READY=1"),
    (error) => error instanceof CommandError && error.message.includes("/nonexistent/socket"),
  );
});
