import assert from "node:assert/strict";
import { it } from "node:test";
import { isOwnMachine } from "./own-machine.ts";

it("knows the addresses that lead each machine to itself", () => {
  for (const [url, own] of [
    ["http://localhost:8080/s/a", true],
    ["http://play.localhost/s/a", true],
    ["http://127.0.0.1:8080/s/a", true],
    ["http://[::1]:8080/join#a", true],
    ["http://192.168.1.5:8080/s/a", false],
    ["https://localhost.example.org/s/a", false],
    ["https://play.example.org/s/a", false],
    ["https://127.0.0.1.example.org/s/a", false],
  ] as const) {
    assert.equal(isOwnMachine(new URL(url).hostname), own, url);
  }
});
