import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { StepImage } from "#engine/builder/builder.ts";
import type { Image } from "#engine/images/image-store.ts";
import { Machine, whyNot } from "./machine.ts";

const uuid = "cat /proc/sys/kernel/random/uuid";
const dockerfile = (last = "CMD true") => `FROM busybox
ENV A=b
RUN ${uuid} > /one
COPY a /a
WORKDIR /w
RUN true
LABEL c=d
RUN ${uuid} > /two
${last}`;

describe("images named as cache (the classic builder's --cache-from)", { skip: whyNot() ?? false }, () => {
  const here = new Machine();
  const there = new Machine();
  let made: Image;
  before(async () => {
    await Promise.all([here.start(), there.start()]);
    await there.addCopy(here, await here.addBusybox());
    made = (await build(here, dockerfile(), { tags: ["app:latest"] })).image;
    await there.addCopy(here, made);
  });
  after(async () => {
    await here.dispose();
    await there.dispose();
  });

  /** As the classic builder does it; `ran` are the numbers of the steps that ran, FROM is 0. */
  async function build(machine: Machine, text: string, more: Parameters<Machine["build"]>[2], files = { a: "a" }) {
    const steps: StepImage[] = [];
    const observer = { planned: () => undefined, image: (step: StepImage) => void steps.push(step) };
    const { image } = await machine.build(text, files, { ...more, steps: observer });
    return { image, ran: steps.filter(({ index, cached }) => index > 0 && !cached).map(({ index }) => index) };
  }

  it("give all of their steps to a machine that did not build them: the image is the same", async () => {
    const { image, ran } = await build(there, dockerfile(), { cacheImages: ["nothing", "app"] });
    assert.deepEqual([image.id, ran], [made.id, []]);
  });

  it("give the steps before the first one that is otherwise", async () => {
    const from = { cacheImages: ["app"] };
    const last = await build(there, dockerfile("CMD false"), from);
    assert.deepEqual(last.ran, [8]);
    assert.deepEqual(last.image.layers, there.images.get("app").layers);
    const file = await build(there, dockerfile(), from, { a: "another" });
    assert.deepEqual(file.ran, [3, 4, 5, 6, 7, 8]);
    const first = await build(there, dockerfile().replace("A=b", "A=c"), from);
    assert.deepEqual(first.ran, [1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("are the only cache there is then", async () => {
    const text = "FROM busybox\nRUN echo only";
    assert.deepEqual((await build(there, text, {})).ran, [1]);
    assert.deepEqual((await build(there, text, {})).ran, []);
    assert.deepEqual((await build(there, text, { cacheImages: ["app"] })).ran, [1]);
    await build(there, text, { tags: ["only"] });
    assert.deepEqual((await build(there, text, { cacheImages: ["only"] })).ran, []);
    assert.deepEqual((await build(there, `${text}\nENV x=y`, { cacheImages: ["only"] })).ran, [2]);
  });

  it("give nothing to a build without cache", async () => {
    const { ran } = await build(there, dockerfile(), { cacheImages: ["app"], noCache: true });
    assert.deepEqual(ran, [1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
