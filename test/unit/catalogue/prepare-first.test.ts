import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostMachine } from "../../../server/engine/catalogue/host-machine.ts";
import { LocalBaseImages, type LocalBaseImagesOptions } from "../../../server/engine/catalogue/local.ts";
import { Unavailable } from "../../../server/engine/errdefs/errors.ts";

function machine(distribution: HostMachine["distribution"], codename: string): HostMachine {
  const nothing = { aptSources: [], aptSettings: [], authorities: [], npmSettings: [], pipSettings: [] };
  return { distribution, codename, version: "1", ...nothing };
}

/** A catalogue whose images take no making: `made` gets their names in order, with "…" for one that fails. */
function catalogue(host: HostMachine, failing: string[] = []): { images: LocalBaseImages; made: string[] } {
  const made: string[] = [];
  const known = new Map<string, unknown>();
  let layers = 0;
  const options = {
    host,
    directory: "/none",
    images: {
      find: (name: string) => known.get(name),
      create: ({ tags: [name = ""], config }: { tags: string[]; config: object }) => {
        if (failing.includes(name)) {
          made.push(`${name}…`);
          throw new Unavailable(`no packages for ${name}`);
        }
        made.push(name);
        const image = { layers: [`layer-${layers}`], config };
        known.set(name, image);
        return Promise.resolve(image);
      },
    },
    roots: {
      build: () => Promise.resolve({ layer: { id: `layer-${++layers}` }, result: "1" }),
    },
  };
  return { images: new LocalBaseImages(options as unknown as LocalBaseImagesOptions), made };
}

// What a first shell waits for: nothing that is not needed for it comes before, so that it is there within a minute.
for (const [distribution, codename] of [
  ["debian", "bookworm"],
  ["ubuntu", "noble"],
] as const) {
  test(`a ${distribution} machine makes busybox first, then what the workstation stands on, then that and what is small, and no more`, async () => {
    const { images, made } = catalogue(machine(distribution, codename));
    const first = ["busybox", distribution, "drydock/workstation", "hello-world"];
    const making = () => images.list().flatMap((image) => (image.making ? [image.name] : []));
    assert.deepEqual(making(), []);
    const prepared = images.prepareFirst();
    assert.deepEqual(making(), first, "what is not made yet, and will be by itself");
    await prepared;
    assert.deepEqual(making(), []);
    assert.deepEqual(made, first);
    await images.prepareFirst();
    assert.equal(made.length, 4, "what is there is not made again");
  });
}

test("an image that cannot be made is told of, and keeps none of the others back", async () => {
  const { images, made } = catalogue(machine("debian", "trixie"), ["busybox"]);
  await images.prepareFirst();
  assert.deepEqual(made, ["busybox…", "debian", "drydock/workstation", "hello-world"]);
  const listed = new Map(images.list().map((image) => [image.name, image]));
  assert.equal(listed.get("busybox")?.error, "no packages for busybox");
  assert.equal(listed.get("drydock/workstation")?.ready, true);
});
