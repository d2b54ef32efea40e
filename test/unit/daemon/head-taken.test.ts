import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { App } from "../../../server/daemon/http/app.ts";
import { Router } from "../../../server/daemon/http/router.ts";
import { route } from "../../../server/daemon/http/route.ts";

const directory = mkdtempSync(join(tmpdir(), "head-"));
after(() => rmSync(directory, { recursive: true }));

test("output never comes in one piece with the head, however late the client reads: docker-py would lose it", async () => {
  const written = Promise.withResolvers<void>();
  const said = route("POST", "/containers/{id*}/attach", () => ({
    kind: "hijack",
    opening: { contentType: "application/vnd.docker.raw-stream" },
    async run(stream) {
      const writing = stream.write(Buffer.from("output"));
      written.resolve();
      await writing;
    },
  }));
  const app = new App({ routes: () => new Router([said]), serverName: "test", log: () => undefined });
  const server = app.server();
  server.listen(join(directory, "s"));
  await once(server, "listening");
  const client = connect(join(directory, "s"));
  client.pause();
  client.write("POST /containers/x/attach?stream=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  await written.promise;
  const pieces: string[] = [];
  client.on("data", (piece: Buffer) => pieces.push(piece.toString()));
  client.resume();
  await once(client, "end");
  client.destroy();
  server.close();
  assert.match(pieces[0] ?? "", /^HTTP\/1\.1 101 [^]*\r\n\r\n$/);
  assert.deepEqual(pieces.slice(1), ["output"]);
});
