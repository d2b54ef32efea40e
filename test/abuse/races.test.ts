/** Files, names and numbers that change their meaning while the engine works on them. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();
const { good } = stage.engine;
const docker = (...args: string[]) => stage.attacker.docker(...args);

describe("a volume that another container writes into", { skip }, () => {
  test("while it takes what the image has: links among its names lead no byte out of it", async () => {
    const names = 3_000;
    const files = `mkdir /data && cd /data && for i in $(seq ${names}); do echo stolen > f$i; done`;
    const built = await stage.build("full", `FROM debian\nRUN ${files}\n`);
    assert.ok(!built.text.includes("errorDetail"), built.text.slice(-500));
    const plant = `$|=1;print "ready\\n";until(glob "/v/f*"){}for(reverse 1..${names}){symlink "${stage.canary}","/v/f$_"}`;
    for (let round = 0; round < 3; round += 1) {
      good(await docker("run", "-d", "--name", "planter", "-v", "raced:/v", "debian", "perl", "-e", plant));
      good(await docker("create", "--name", "taker", "-v", "raced:/data", "full", "true"));
      good(await docker("rm", "-f", "planter", "taker"));
      good(await docker("volume", "rm", "raced"));
      await stage.unharmed();
    }
  });
});

/** A message with a descriptor, on x86-64 and arm64 alike but for the calls' numbers (unix(7), SCM_RIGHTS). */
const message = `use Socket;$|=1;$b="x"x8;$i=pack "PQ",$b,8;$c=pack "Qiiix4",20,1,1,1;$m=pack "QLx4PQPQLx4",0,0,$i,1,$c,24,0;`;
const [recvmsg, sendmsg] = process.arch === "x64" ? [47, 46] : [212, 211];
const keeper = `${message}socket L,PF_UNIX,SOCK_STREAM,0;bind L,sockaddr_un("/v/s")or die $!;listen L,1;accept C,L;print syscall ${recvmsg},fileno C,$m,0;sleep 1000`;
const giver = `${message}socket S,PF_UNIX,SOCK_STREAM,0;1 until connect S,sockaddr_un("/v/s");print syscall ${sendmsg},fileno S,$m,0;sleep 1000`;

test("a container whose output another one holds open", { skip }, async () => {
  good(await docker("run", "-d", "--name", "keeper", "-v", "held:/v", "debian", "perl", "-e", keeper));
  good(await docker("run", "-d", "--name", "giver", "-v", "held:/v", "debian", "perl", "-e", giver));
  while (good(await docker("logs", "keeper")) !== "8");
  const state = async (): Promise<{ Running: boolean; Pid: number }> =>
    JSON.parse(good(await docker("inspect", "-f", "{{json .State}}", "giver"))) as { Running: boolean; Pid: number };
  const { Pid } = await state();
  const killed = docker("kill", "giver");
  let looks = 0;
  for (let running = true; running; looks += 1) {
    const isThere = existsSync(`/proc/${Pid}`);
    running = (await state()).Running;
    assert.ok(!running || isThere, "the number of its process is free for the machine's, and docker cp goes by it");
    const { text } = await stage.api("GET", `/containers/giver/archive?path=${stage.canary}`);
    assert.ok(!text.includes(stage.hostSecret), text);
  }
  good(await killed);
  assert.ok(looks > 5, String(looks));
  good(await docker("rm", "-f", "keeper", "giver"));
  await stage.works();
});
