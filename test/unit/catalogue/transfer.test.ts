import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { BaseImages } from "../../../server/engine/catalogue/base-images.ts";
import { CatalogueTransfer, HubReachability } from "../../../server/engine/catalogue/transfer.ts";
import { NotFound, Unavailable } from "../../../server/engine/errdefs/errors.ts";
import type { Image } from "../../../server/engine/images/image-store.ts";
import { memoryMachine } from "../../fakes/transfer.ts";

async function setup(t: TestContext, hub: { reachable: boolean; reason?: string }, remote: () => Promise<Image>) {
  const machine = memoryMachine();
  t.after(() => machine.client.close());
  const { images } = machine.tenant("t-one");
  const standIn = await machine.image(images, "stand-in", ["x"]);
  const asked: string[] = [];
  const baseImages: BaseImages = {
    list: () => [],
    has: (reference) => /debian|drydock\/workstation/.test(reference),
    ensure: (reference) => {
      asked.push(`catalogue ${reference}`);
      return reference.includes("nope") ? Promise.reject(new NotFound("no stand-in")) : Promise.resolve(standIn);
    },
    prepareFirst: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const transfer = new CatalogueTransfer({
    remote: {
      pull: (reference) => {
        asked.push(`registry ${reference}`);
        return remote();
      },
      push: () => Promise.reject(new Error("not here")),
      login: () => Promise.reject(new Error("not here")),
      inspect: () => Promise.reject(new Error("not here")),
    },
    baseImages,
    images,
    hub: new HubReachability({ reach: () => Promise.resolve(hub) }),
  });
  return { transfer, asked, standIn };
}

test("the registry is asked first, the catalogue when it cannot be reached or fails", async (t) => {
  const up = await setup(t, { reachable: true }, () => Promise.resolve({ id: "real" } as unknown as Image));
  assert.equal((await up.transfer.pull("debian")).id, "real");
  assert.deepEqual(up.asked, ["registry debian"]);

  const failing = await setup(t, { reachable: true }, () => Promise.reject(new Unavailable("broken")));
  assert.equal((await failing.transfer.pull("debian")).id, failing.standIn.id);
  await assert.rejects(failing.transfer.pull("other"), { message: "broken" });

  const refusing = await setup(t, { reachable: true }, () => Promise.reject(new NotFound("manifest unknown")));
  await assert.rejects(refusing.transfer.pull("debian:nope"), { message: "manifest unknown" });

  const down = await setup(t, { reachable: false, reason: "no route" }, () => Promise.reject(new Error("asked")));
  assert.equal((await down.transfer.pull("debian")).id, down.standIn.id);
  await assert.rejects(down.transfer.pull("nope"), {
    name: "Unavailable",
    message: /^Docker Hub cannot be reached \(no route\), and no stand-in/,
  });
  assert.ok(down.asked.every((line) => line.startsWith("catalogue")));
});

test("Drydock's own names are never asked of a registry; other registries' names never of the catalogue", async (t) => {
  const up = await setup(t, { reachable: true }, () => Promise.resolve({ id: "real" } as unknown as Image));
  await up.transfer.pull("drydock/workstation");
  await up.transfer.pull("localhost:5000/debian");
  assert.deepEqual(up.asked, ["catalogue drydock/workstation:latest", "registry localhost:5000/debian"]);
});
