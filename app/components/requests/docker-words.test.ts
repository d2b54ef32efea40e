import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LoggedRequest } from "../../../server/contract/request-log.ts";
import { curlOf, dockerOf, quote } from "./docker-words.ts";

const request = (method: string, path: string, body?: unknown): LoggedRequest => ({
  seq: 0,
  time: 0,
  duration: 1,
  client: "page",
  status: 200,
  method,
  path,
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});
const id = "a".repeat(64);

describe("a request as a docker command", () => {
  const cases: [method: string, path: string, body: unknown, words: string | undefined][] = [
    ["GET", "/v1.41/containers/json?all=1", undefined, "docker ps -a"],
    ["POST", `/v1.41/containers/${id}/start`, undefined, "docker start aaaaaaaaaaaa"],
    ["DELETE", `/v1.41/containers/web?force=1&v=1`, undefined, "docker rm -f -v web"],
    ["POST", "/v1.50/images/create?fromImage=busybox&tag=latest", undefined, "docker pull busybox:latest"],
    ["GET", "/v1.50/images/ghcr.io/a/b:1/json", undefined, "docker image inspect ghcr.io/a/b:1"],
    ["DELETE", "/v1.50/images/app", undefined, "docker rmi app"],
    ["GET", "/v1.41/containers/web/archive?path=%2Fetc%2Fhosts", undefined, "docker cp web:/etc/hosts -"],
    ["POST", "/drydock/v1/builds", { tags: ["app:1"], contextPath: "" }, "docker build -t app:1 ."],
    ["POST", "/v1.41/networks/create", { Name: "back", Driver: "bridge" }, "docker network create -d bridge back"],
    ["POST", "/v1.41/containers/x/exec", { Cmd: ["ls", "a b"], Tty: true }, "docker exec -t x ls 'a b'"],
    ["HEAD", "/_ping", undefined, undefined],
    ["GET", "/v1.41/containers/x/attach/ws", undefined, undefined],
  ];
  for (const [method, path, body, words] of cases) {
    it(`${method} ${path} is ${words ?? "nothing that docker says"}`, () => {
      assert.equal(dockerOf(request(method, path, body)), words);
    });
  }

  it("has what a container is made with", () => {
    const body = {
      Image: "nginx",
      Env: ["A=it's"],
      Cmd: ["sh", "-c", "echo hi"],
      OpenStdin: true,
      Tty: true,
      HostConfig: {
        AutoRemove: true,
        Binds: ["/workspace:/src"],
        Memory: 1024,
        NetworkMode: "back",
        PortBindings: { "80/tcp": [{ HostPort: "8080" }], "53/udp": null },
      },
    };
    assert.equal(
      dockerOf(request("POST", "/v1.41/containers/create?name=web", body)),
      String.raw`docker create --name web -it --rm -p 8080:80 -v /workspace:/src --network back -m 1k -e 'A=it'\''s' nginx sh -c 'echo hi'`,
    );
  });

  it("has limits as they are typed, and what else the container may", () => {
    const body = {
      Image: "busybox",
      User: "nobody",
      WorkingDir: "/srv",
      Entrypoint: ["sleep", "5"],
      HostConfig: {
        Memory: 64 * 2 ** 20,
        NanoCpus: 500_000_000,
        PidsLimit: 20,
        ReadonlyRootfs: true,
        CapDrop: ["ALL"],
        RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
        PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }] },
      },
    };
    assert.equal(
      dockerOf(request("POST", "/v1.50/containers/create", body)),
      "docker create -p 127.0.0.1:8080:80 -m 64m --cpus 0.5 --pids-limit 20 --restart on-failure:3 --read-only --cap-drop ALL -u nobody -w /srv --entrypoint sleep busybox 5",
    );
    const unset = {
      Image: "busybox",
      Entrypoint: null,
      HostConfig: { Memory: 0, NanoCpus: 0, PidsLimit: null, RestartPolicy: { Name: "no", MaximumRetryCount: 0 } },
    };
    assert.equal(dockerOf(request("POST", "/v1.50/containers/create", unset)), "docker create busybox");
  });
});

describe("a request with curl", () => {
  it("goes to the socket that the workstation has, quoted for a shell", () => {
    assert.equal(
      curlOf(request("POST", "/v1.41/containers/create?name=web", { Image: "a'b" })),
      String.raw`curl -s --unix-socket /run/drydock/docker.sock -X POST -H 'Content-Type: application/json' -d '{"Image":"a'\''b"}' 'http://localhost/v1.41/containers/create?name=web'`,
    );
    assert.match(curlOf(request("HEAD", "/_ping")), / -I http:\/\/localhost\/_ping$/);
  });

  it("leaves plain words as they are", () => {
    assert.equal(quote("a/b:c-1"), "a/b:c-1");
    assert.equal(quote("$HOME"), "'$HOME'");
  });
});
