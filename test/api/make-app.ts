import { Readable } from "node:stream";
import { App } from "../../server/daemon/http/app.ts";
import { Router } from "../../server/daemon/http/router.ts";
import { readHostInfo } from "../../server/daemon/host-info.ts";
import { dockerRoutes, type DockerServices } from "../../server/daemon/routes/index.ts";
import { NotFound } from "../../server/engine/errdefs/errors.ts";
import type { Twin } from "./twin.ts";

const services: DockerServices = {
  layers: {
    get: (id) => {
      throw new NotFound(`no such layer: ${id}`);
    },
  },
  snapshots: { usage: () => Promise.resolve({ bytes: 11, inodes: 1 }) },
  collector: { schedule: () => {} },
  host: readHostInfo({
    version: "0.1.0",
    gitCommit: "1234567",
    dataRoot: "/none",
    runtimes: [{ name: "crun", path: "crun", version: "1.21", features: '{"ociVersionMin":"1.0.0"}' }],
    storageDriver: "overlay2",
  }),
  urls: { open: (url) => Promise.reject(new NotFound(`${url} is not in the twin`)) },
  logPath: (container) => `/none/${container.id}.log`,
  archives: {
    save: () => Promise.resolve(Readable.from(["tar"])),
    load: () => Promise.resolve([]),
    import: () => Promise.reject(new NotFound("not in the twin")),
  },
  build: {
    unpack: () => Promise.reject(new NotFound("not in the twin")),
    slots: { enter: () => () => {} },
    builds: { record: () => Promise.reject(new NotFound("not in the twin")) },
  },
};

/** The Docker API of one twin, with what it logged. */
export function makeApp(twin: Twin): { app: App; logged: string[] } {
  const logged: string[] = [];
  const archives = {
    ...services.archives,
    save: (names: string[]) => Promise.resolve(Readable.from(names.map((name) => twin.engine.images.get(name).id))),
  };
  const router = new Router(dockerRoutes(twin.engine, { ...services, archives }));
  const app = new App({
    routes: () => router,
    serverName: "Drydock/0.1.0 (linux)",
    log: (line, level) => level !== "debug" && logged.push(line),
  });
  return { app, logged };
}
