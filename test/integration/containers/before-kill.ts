/** The part of restore.test.ts that runs in a process of its own, which is killed: prints what it started, and waits. */
import { Machine, until } from "./machine.ts";

export interface Started {
  runs: string;
  ends: string;
  always: string;
  removes: string;
  terminal: string;
  pid: number;
}

const [directory = "", name = ""] = process.argv.slice(2);
const machine = new Machine({ directory, name });
await machine.start();
const runs = await machine.run(["sh", "-c", "i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done"]);
const { terminals, containers } = machine.engine;
const terminal = await terminals.start({ container: runs, columns: 80, rows: 24 });
await terminals.input(terminal.id, Buffer.from("echo before\r"));
await until(() => terminals.get(terminal.id).offset > 20);
const always = await machine.run(["sh", "-c", "sleep 1; exit 1"], {
  host: { restartPolicy: { name: "always", maximumRetryCount: 0 } },
});
const removes = await machine.run(["sleep", "1"], { host: { autoRemove: true } });
const ends = await machine.run(["sh", "-c", "sleep 1; echo last words; exit 5"]);
const started: Started = { runs, ends, always, removes, terminal: terminal.id, pid: containers.get(runs).pid };
console.log(JSON.stringify(started));
setInterval(() => {}, 60_000);
