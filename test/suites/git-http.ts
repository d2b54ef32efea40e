/*
 * git http-backend behind a web server: node git-http.ts DIRECTORY PORT. What is beneath /private/ wants the token
 * "letmein"; what is beneath /plain/ is served as files, as a web server that knows nothing of Git does; what is beneath
 * /silent/ is never answered.
 */
import { spawn } from "node:child_process";
import { createReadStream, existsSync, statSync } from "node:fs";
import http from "node:http";
import path from "node:path";

const [root = "", port = ""] = process.argv.slice(2);
const token = `basic ${Buffer.from("x-access-token:letmein").toString("base64")}`;

const server = http.createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://git");
  if (url.pathname.startsWith("/private/") && request.headers.authorization !== token) {
    response.writeHead(401, { "www-authenticate": "Basic" }).end();
  } else if (url.pathname.startsWith("/silent/")) {
    process.stdout.write("asked\n");
  } else if (url.pathname.startsWith("/plain/")) {
    const file = path.join(root, path.posix.normalize(url.pathname.slice("/plain".length)));
    if (existsSync(file) && statSync(file).isFile()) {
      createReadStream(file).pipe(response);
    } else {
      response.writeHead(404).end();
    }
  } else {
    backend(request, response, url);
  }
});

/** RFC 3875, as far as git needs it. */
function backend(request: http.IncomingMessage, response: http.ServerResponse, url: URL): void {
  const program = spawn("git", ["http-backend"], {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
      PATH_INFO: url.pathname.replace(/^\/private/, ""),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  request.pipe(program.stdin);
  const chunks: Buffer[] = [];
  program.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  program.on("close", () => {
    const answer = Buffer.concat(chunks);
    const end = answer.indexOf("\r\n\r\n");
    const headers = Object.fromEntries(
      answer
        .subarray(0, end)
        .toString()
        .split("\r\n")
        .map((line) => line.split(": ") as [string, string]),
    );
    response.writeHead(Number.parseInt(headers["Status"] ?? "200", 10), headers).end(answer.subarray(end + 4));
  });
}

server.listen(Number(port), () => {
  process.stdout.write("ready\n");
});
