import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import ms from "ms";
import mustache from "mustache";

const root = import.meta.dirname;
const template = await readFile(`${root}/views/home.mustache`, "utf8");
const files = (await readdir(root, { recursive: true }))
  .filter((file) => !file.startsWith("node_modules"))
  .toSorted();

const server = createServer((request, response) => {
  console.log(`${request.method} ${request.url}`);
  if (request.url !== "/") {
    response.writeHead(404, { "content-type": "text/plain" }).end("There is nothing here.\n");
    return;
  }
  const uptime = ms(Math.round(process.uptime()) * 1000, { long: true });
  response
    .writeHead(200, { "content-type": "text/html; charset=utf-8" })
    .end(mustache.render(template, { files, uptime, version: process.version }));
});

server.listen(3000, () => console.log("listening on port 3000"));

// As process 1 nobody else ends us: without this, docker stop would wait ten seconds.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
