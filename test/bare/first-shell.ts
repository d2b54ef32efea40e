/** Runs a shell in busybox on the Drydock that runs here: `first-shell.ts [SOCKET]`. Ends with status 0 when it answers. */
import assert from "node:assert/strict";
import { json, send } from "../integration/faults/http.ts";

const [socket = "/run/drydock/drydock.sock"] = process.argv.slice(2);
// As `docker run` does where the image is not there yet; a failure is in the answer's last line.
const pulled = await send(socket, "/images/create?fromImage=busybox&tag=latest", { method: "POST" });
assert.equal(pulled.status, 200, pulled.text);
assert.doesNotMatch(pulled.text, /"error"/);
const { Id } = await json<{ Id: string }>(socket, "POST", "/containers/create", {
  Image: "busybox",
  Cmd: ["sh", "-c", "echo $((6 * 7))"],
  Tty: true,
});
await json(socket, "POST", `/containers/${Id}/start`);
assert.deepEqual(await json(socket, "POST", `/containers/${Id}/wait`), { StatusCode: 0 });
assert.equal((await send(socket, `/containers/${Id}/logs?stdout=1`)).text, "42\r\n");
await json(socket, "DELETE", `/containers/${Id}`);
