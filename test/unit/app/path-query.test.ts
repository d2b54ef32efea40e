import assert from "node:assert/strict";
import { it } from "node:test";
import { WorkspaceApi } from "../../../app/lib/api.ts";
import { ContainerDetailsApi } from "../../../app/lib/container-details-api.ts";

// What the engine lists of a name with the byte ff, which is not UTF-8.
const path = "bad\udcff";

it("a file of the workspace whose name no address can hold is refused with what to do, and no other is meant", async () => {
  const api = new WorkspaceApi("w");
  const isTold = { name: "ApiError", status: 400, message: /bad\ufffd.*rename/ };
  await assert.rejects(api.readFile(path), isTold);
  await assert.rejects(api.writeFile(path, ""), isTold);
  assert.throws(() => void api.removeFile(path), isTold);
});

it("a container's file of such a name has an address all the same: its links are drawn", () => {
  const api = new ContainerDetailsApi("/api/w/w");
  assert.equal(api.fileUrl("c", `/${path}`), "/api/w/w/containers/c/file?path=%2Fbad%EF%BF%BD");
  assert.equal(api.archiveUrl("c", `/${path}`), "/api/w/w/containers/c/archive?path=%2Fbad%EF%BF%BD");
});
