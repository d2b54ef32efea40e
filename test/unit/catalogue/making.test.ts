import assert from "node:assert/strict";
import { test } from "node:test";
import { imageState } from "../../../server/cli/image-state.ts";
import { MakingProgress } from "../../../server/engine/catalogue/making.ts";

/** As apt-get prints it, without what does not count. */
const lists = ["Get:1 http://packages.example bookworm InRelease [151 kB]", "Reading package lists..."];
const fetched = [
  "0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.",
  "Get:1 http://packages.example bookworm/main amd64 libjq1 amd64 1.6-2.1 [135 kB]",
  "Get:2 http://packages.example bookworm/main amd64 jq amd64 1.6-2.1 [64.9 kB]",
];
const unpacked = ["Unpacking libjq1:amd64 (1.6-2.1) ...", "Unpacking jq (1.6-2.1) ..."];
const ready = ["Setting up libjq1:amd64 (1.6-2.1) ...", "Setting up jq (1.6-2.1) ..."];

function after(...lines: string[]): object {
  const progress = new MakingProgress();
  for (const line of lines) progress.note(line);
  return progress.now;
}

test("how far an image is, is read off apt-get's lines", () => {
  assert.deepEqual(after(), {});
  assert.deepEqual(after(...lists), {}, "lists of packages are none of its packages");
  assert.deepEqual(after(...lists, ...fetched.slice(0, 2)), { step: "Downloading libjq1", percent: 16 });
  assert.deepEqual(after(...fetched), { step: "Downloading jq", percent: 33 });
  assert.deepEqual(after(...fetched, ...unpacked), { step: "Unpacking jq", percent: 66 });
  assert.deepEqual(after(...fetched, ...unpacked, ...ready), { step: "Setting up jq", percent: 100 });
});

test("packages that were fetched for another image count as fetched", () => {
  const [count = ""] = fetched;
  assert.deepEqual(after(count, ...unpacked.slice(0, 1)), { step: "Unpacking libjq1", percent: 50 });
});

test("status tells it, whatever the last attempt ended with", () => {
  const image = { name: "drydock/workstation", ready: false, making: true, standIn: true };
  assert.equal(imageState(image), "being made (local stand-in)");
  assert.equal(
    imageState({ ...image, error: "no mirror", progress: { step: "Setting up git", percent: 87 } }),
    "being made, 87 %, Setting up git (local stand-in)",
  );
});
