import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerEnding, ListeningPort } from "../../../server/contract/extension-api.ts";
import { DockerClient, type ListedContainer } from "../../../server/playground/client/docker-client.ts";
import { TenantClient } from "../../../server/playground/client/tenant-client.ts";
import { UnixClient } from "../../../server/playground/client/unix-client.ts";
import { EngineAway, Problem } from "../../../server/playground/http/problem.ts";
import { listContainers } from "../../../server/playground/streams/container-watch.ts";

const container = { Id: "c1", Names: ["/web"], Image: "app", Created: 1 };

/** A tenant with one container, whose ports or whose reason are asked for in vain. */
function tenant(listed: Pick<ListedContainer, "State" | "Status">, problem: Problem): TenantClient {
  const http = new UnixClient("/nowhere");
  class Docker extends DockerClient {
    override async containers(): Promise<ListedContainer[]> {
      return [{ ...container, ...listed }];
    }
    override async inspect(): Promise<never> {
      throw problem;
    }
  }
  class Tenant extends TenantClient {
    override readonly quietDocker = new Docker(http);
    override async ports(): Promise<ListeningPort[]> {
      throw problem;
    }
    override async ending(): Promise<ContainerEnding> {
      throw problem;
    }
  }
  return new Tenant(http);
}

test("a container that goes away while it is asked for has no ports and no reason; other errors are told", async () => {
  const states = [
    { State: "running", Status: "Up 1 second" },
    { State: "exited", Status: "Exited (1) 1 second ago" },
  ] as const;
  for (const listed of states) {
    const [view] = await listContainers(tenant(listed, new Problem(404, "No such container: c1")));
    assert.deepEqual([view?.name, view?.ports, view?.error], ["web", [], undefined]);
    await assert.rejects(listContainers(tenant(listed, new EngineAway(new Error("reset")))), EngineAway);
    await assert.rejects(listContainers(tenant(listed, new Problem(500, "disk"))), { status: 500, message: "disk" });
  }
});

test("an end that was asked for is no failure, and one for want of memory is told as such", async () => {
  const http = new UnixClient("/nowhere");
  const endingOf = async (ending: ContainerEnding): Promise<string | undefined> => {
    class Docker extends DockerClient {
      override async containers(): Promise<ListedContainer[]> {
        return [{ ...container, State: "exited", Status: "Exited (137) 1 second ago" }];
      }
      override async inspect(): Promise<{ id: string; running: boolean; error: string }> {
        return { id: "c1", running: false, error: "" };
      }
    }
    class Tenant extends TenantClient {
      override readonly quietDocker = new Docker(http);
      override async ending(): Promise<ContainerEnding> {
        return ending;
      }
    }
    return (await listContainers(new Tenant(http)))[0]?.ending;
  };
  assert.equal(await endingOf({ asked: true, outOfMemory: false }), "stopped");
  assert.equal(await endingOf({ asked: false, outOfMemory: true }), "out-of-memory");
  assert.equal(await endingOf({ asked: false, outOfMemory: false }), undefined);
});
