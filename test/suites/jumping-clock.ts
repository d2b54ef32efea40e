/**
 * A preload for drydockd (`node --import`): its wall clock is off by what the file `DRYDOCK_TEST_CLOCK` says, in
 * milliseconds, read anew at SIGUSR2. The kernel has no wall clock of a namespace's own (time_namespaces(7)); monotonic
 * time, by which timers go, is untouched, as it is when a machine's clock is set.
 */
import { readFileSync } from "node:fs";

const RealDate = Date;
const realNow = RealDate.now.bind(RealDate);
let offset = 0;

process.on("SIGUSR2", () => {
  offset = Number(readFileSync(process.env["DRYDOCK_TEST_CLOCK"] ?? "", "utf8"));
});

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[]) =>
    Reflect.construct(target, args.length === 0 ? [realNow() + offset] : args) as Date,
  get: (target, name) => (name === "now" ? () => realNow() + offset : (Reflect.get(target, name) as unknown)),
});
