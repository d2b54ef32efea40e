import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomInt } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isLiving, thisProcess } from "./owned-directory.ts";

const count = 36 ** 2;

/**
 * Two letters or digits that no other test of this machine has while this process lives. Bridges, veth devices and
 * tables of an engine are known by them: an engine takes away what carries its name, so two may never share one.
 * @throws Error when all are taken
 */
export function claimName(directory = join(tmpdir(), "drydock-test-names")): string {
  mkdirSync(directory, { recursive: true });
  const first = randomInt(count);
  for (let step = 0; step < count; step += 1) {
    const name = ((first + step) % count).toString(36).padStart(2, "0");
    const file = join(directory, name);
    try {
      writeFileSync(file, thisProcess(), { flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    process.once("exit", () => rmSync(file, { force: true }));
    return name;
  }
  throw new Error(`all ${count} names of engines are taken: ${directory}`);
}

/** Gives back the names of tests that were killed. Only while no test starts: two could get one name. */
export function releaseNamesOfDead(directory = join(tmpdir(), "drydock-test-names")): void {
  for (const file of globSync(join(directory, "*"))) {
    if (!isLiving(readFileSync(file, "utf8"))) rmSync(file, { force: true });
  }
}
