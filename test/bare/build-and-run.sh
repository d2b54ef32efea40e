#!/bin/sh
# One build and one run with curl-less means: the checkout's own Node speaking to the Docker API.
set -eu
dir=$(mktemp -d)
printf 'FROM busybox\nRUN echo built > /made\nCMD ["cat", "/made"]\n' >"$dir/Dockerfile"
tar -C "$dir" -cf "$dir.tar" Dockerfile
.drydock/bin/node --input-type=module -e '
  import { createReadStream } from "node:fs";
  import { request } from "node:http";
  const call = (method, path, body, type) => new Promise((resolve, reject) => {
    const r = request({ socketPath: "/run/drydock/drydock.sock", method, path: `/v1.43${path}`, headers: body ? { "Content-Type": type ?? "application/json" } : {} }, (answer) => {
      let text = ""; answer.setEncoding("utf8"); answer.on("data", (c) => (text += c)); answer.on("end", () => resolve({ status: answer.statusCode, text })); answer.on("error", reject);
    });
    r.on("error", reject);
    if (typeof body === "string") r.end(body); else if (body) body.pipe(r); else r.end();
  });
  const build = await call("POST", "/build?t=bare", createReadStream(process.argv[1]), "application/x-tar");
  if (!build.text.includes("Successfully built")) throw new Error(`build: ${build.status} ${build.text}`);
  const { Id } = JSON.parse((await call("POST", "/containers/create", JSON.stringify({ Image: "bare", Tty: true }))).text);
  const start = await call("POST", `/containers/${Id}/start`);
  if (start.status !== 204) throw new Error(`start: ${start.status} ${start.text}`);
  const { StatusCode } = JSON.parse((await call("POST", `/containers/${Id}/wait`)).text);
  const logs = await call("GET", `/containers/${Id}/logs?stdout=1`);
  if (StatusCode !== 0 || !logs.text.includes("built")) throw new Error(`run: ${StatusCode} ${logs.text}`);
  console.log("built and ran");
' "$dir.tar"
rm -r "$dir" "$dir.tar"
