import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { digestOf } from "../../../server/engine/oci/digest.ts";
import { mediaTypes } from "../../../server/engine/oci/types.ts";

export interface Seen {
  method: string;
  url: string;
  authorization: string | undefined;
  range: string | undefined;
}

interface Behaviour {
  /** username:password that the token server wants; undefined gives tokens to anyone */
  login?: string;
  /** documents are Docker's manifest list and schema 2, not OCI's index and manifest */
  dockerTypes?: boolean;
  /** blobs are at another host, by redirect */
  redirectBlobs?: boolean;
  /** break the connection after so many bytes of a blob, this often */
  breaks?: { after: number; times: number };
  /** a server that does not know ranges */
  ignoreRange?: boolean;
  /** answers blob requests with these bytes instead */
  forgedBlob?: Buffer;
  /** what the token server says first, one answer for each request */
  tokenFailures?: { status: number; body: string }[];
  /** what the first so many blob requests are answered with */
  failures?: { status: number; times: number };
}

/** A small registry with token authentication (distribution token spec) that misbehaves as told. */
export async function tokenRegistry(layer: Buffer, behaviour: Behaviour = {}) {
  const config = Buffer.from(
    JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [digestOf(layer)] } }),
  );
  const packed = behaviour.dockerTypes === true ? gzipSync(layer) : layer;
  const blobs = new Map([config, packed].map((bytes) => [digestOf(bytes), bytes]));
  const describe = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const types =
    behaviour.dockerTypes === true
      ? {
          index: mediaTypes.dockerIndex,
          manifest: mediaTypes.dockerManifest,
          config: mediaTypes.dockerConfig,
          layer: mediaTypes.dockerLayerGzip,
        }
      : {
          index: mediaTypes.ociIndex,
          manifest: mediaTypes.ociManifest,
          config: mediaTypes.ociConfig,
          layer: mediaTypes.ociLayer,
        };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: describe(types.config, config),
      layers: [describe(types.layer, packed)],
    }),
  );
  const platforms = ["amd64", "arm64"].map((architecture) => ({
    ...describe(types.manifest, manifest),
    platform: { os: "linux", architecture },
  }));
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests: platforms }));
  const seen: Seen[] = [];
  const tokens: URLSearchParams[] = [];
  let breaks = behaviour.breaks?.times ?? 0;
  let failures = behaviour.failures?.times ?? 0;

  const blob = (request: IncomingMessage, response: ServerResponse, digest: string) => {
    const bytes = behaviour.forgedBlob ?? blobs.get(digest as ReturnType<typeof digestOf>) ?? Buffer.alloc(0);
    if (failures > 0) {
      failures--;
      response.writeHead(behaviour.failures?.status ?? 500).end();
      return;
    }
    const start =
      behaviour.ignoreRange === true ? 0 : Number(/bytes=([0-9]+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { "content-length": bytes.length - start });
    if (breaks > 0 && bytes.length > 1000) {
      breaks--;
      response.write(bytes.subarray(start, start + (behaviour.breaks?.after ?? 0)), () => response.destroy());
      return;
    }
    response.end(bytes.subarray(start));
  };
  const note = (request: IncomingMessage) => {
    const { method = "", url = "", headers } = request;
    seen.push({ method, url, authorization: headers.authorization, range: headers.range });
  };
  const storage = await listen((request, response) => {
    note(request);
    blob(request, response, request.url?.slice(1) ?? "");
  });
  const main = await listen((request, response) => {
    note(request);
    const url = new URL(request.url ?? "/", "http://registry");
    if (url.pathname === "/token") {
      void token(request, response, url);
    } else if (request.headers.authorization !== "Bearer good") {
      const challenge = `Bearer realm="http://${main.host}/token",service="test, quoted"`;
      response.writeHead(401, { "www-authenticate": challenge }).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
    } else if (url.pathname === "/v2/") {
      response.end("{}");
    } else if (url.pathname.endsWith("/manifests/latest")) {
      response.writeHead(200, { "content-type": types.index }).end(index);
    } else if (url.pathname.includes("/manifests/sha256:")) {
      response.writeHead(200, { "content-type": types.manifest }).end(manifest);
    } else if (url.pathname.includes("/blobs/")) {
      const digest = url.pathname.split("/").at(-1) ?? "";
      if (behaviour.redirectBlobs === true) {
        response.writeHead(307, { location: `http://${storage.host}/${digest}` }).end();
      } else {
        blob(request, response, digest);
      }
    } else {
      const denied = { code: "DENIED", message: "requested access to the resource is denied" };
      response.writeHead(403).end(JSON.stringify({ errors: [denied] }));
    }
  });
  const token = async (request: IncomingMessage, response: ServerResponse, url: URL) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const query = request.method === "POST" ? new URLSearchParams(body) : url.searchParams;
    tokens.push(query);
    const failure = behaviour.tokenFailures?.shift();
    if (failure !== undefined) {
      response.writeHead(failure.status).end(failure.body);
      return;
    }
    const wanted =
      behaviour.login === undefined ? undefined : `Basic ${Buffer.from(behaviour.login).toString("base64")}`;
    const refreshed = query.get("refresh_token") === "identity";
    if (wanted !== undefined && request.headers.authorization !== wanted && !refreshed) {
      response.writeHead(401).end('{"details":"incorrect username or password"}');
    } else {
      response.end(JSON.stringify(refreshed ? { access_token: "good" } : { token: "good", expires_in: 300 }));
    }
  };
  const close = async () => {
    await Promise.all([main.close(), storage.close()]);
  };
  return { host: main.host, seen, tokens, index, manifest, close };
}

async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { host: `127.0.0.1:${port}`, close };
}
