import assert from "node:assert/strict";
import { it } from "node:test";
import { archiveName } from "../../../server/playground/routes/builds.ts";

it("an image that is downloaded is a file of its name", () => {
  for (const [image, type, name] of [
    ["app:latest", "docker", "app.tar"],
    ["app:latest", "tar", "app-files.tar"],
    ["registry.example.org:5000/team/app:1.0", "docker", "app-1.0.tar"],
    [undefined, "tar", "image-files.tar"],
  ] as const) {
    assert.equal(archiveName(image, type), name);
  }
});
