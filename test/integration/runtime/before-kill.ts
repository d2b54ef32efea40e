/** A test that is killed while its container runs: tells its parent where, and waits. */
import { Drydockd } from "../../suites/drydockd.ts";

const engine = new Drydockd();
await engine.start();
engine.good(await engine.docker("run", "-d", "busybox", "sleep", "1000"));
process.send?.({ directory: engine.directory, name: engine.name });
setInterval(() => undefined, 60_000);
