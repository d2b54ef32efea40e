import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NetworkPicture, PicturedContainer } from "../../../server/contract/network-picture.ts";
import { drawnContainers, drawnNetworks, getsOut, reachedFrom } from "./reach.ts";

const container = (name: string, running: boolean, ...networks: string[]): PicturedContainer => ({
  id: name,
  name,
  running,
  workstation: false,
  places: networks.map((network) => ({ network, address: running ? `${network}-${name}` : "" })),
  published: [],
});
const network = (id: string, more: { internal?: boolean; names?: boolean; driver?: string } = {}) => ({
  id,
  name: id,
  driver: "bridge",
  subnets: [],
  gateway: "",
  internal: false,
  names: true,
  ...more,
});
const picture: NetworkPicture = {
  networks: [
    network("bridge", { names: false }),
    network("back", { internal: true }),
    network("own"),
    network("none", { names: false, driver: "null" }),
    network("host", { names: false, driver: "host" }),
  ],
  containers: [
    container("web", true, "bridge", "back"),
    container("db", true, "back"),
    container("old", false, "back"),
    container("other", true, "bridge"),
    container("alone", true, "none"),
  ],
};
const find = (name: string) => picture.containers.find((each) => each.name === name) ?? assert.fail(name);

describe("who reaches whom", () => {
  it("is who runs on the same network: by name on networks of one's own, by address on the default one", () => {
    const reached = reachedFrom(picture, find("web")).map(({ container: { name }, address, byName }) => [
      name,
      address,
      byName,
    ]);
    assert.deepEqual(reached, [
      ["other", "bridge-other", false],
      ["db", "back-db", true],
    ]);
    assert.deepEqual(reachedFrom(picture, find("old")), []);
    assert.deepEqual(reachedFrom(picture, find("alone")), []);
  });

  it("gets out by a network that leads somewhere", () => {
    const out = picture.containers.filter((each) => getsOut(picture, each)).map(({ name }) => name);
    assert.deepEqual(out, ["web", "other"]);
  });

  it("is drawn with the networks in use and the learner's own", () => {
    assert.deepEqual(
      drawnNetworks(picture).map(({ name }) => name),
      ["bridge", "back", "own", "none"],
    );
  });

  it("has who is on the upper networks above, else in their order", () => {
    const names = drawnContainers(picture, drawnNetworks(picture)).map(({ name }) => name);
    assert.deepEqual(names, ["other", "web", "db", "old", "alone"]);
  });
});
