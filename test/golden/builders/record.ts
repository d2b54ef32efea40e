import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { busyboxTar } from "../../../bench/fixtures.ts";
import type { Outcome } from "../../suites/run.ts";
import { baseDockerfile, corpus, makeContext } from "./corpus.ts";
import type { Recorded } from "./recorded.ts";
import { ReferenceEngine } from "./reference.ts";
import { changesOn, configOf, historyOn, readSaved, type SavedImage } from "./saved-image.ts";

/*
 * Has dockerd's two builders build the corpus, and writes down what they made: recorded.json. Run it after a change of
 * corpus.ts: node test/golden/builders/record.ts
 */

function must({ status, stderr, stdout }: Outcome): void {
  if (status !== 0) {
    throw new Error(stderr + stdout);
  }
}

const scratch = mkdtempSync(path.join(tmpdir(), "record-"));
const reference = new ReferenceEngine();
try {
  await reference.start();
  const newSince = Date.now() - 60_000;
  const context = path.join(scratch, "context");
  mkdirSync(context);
  makeContext(context);
  const build = (tag: string, dockerfile: string, buildkit: boolean): Promise<Outcome> => {
    writeFileSync(path.join(context, "Dockerfile"), dockerfile);
    return reference.docker(["build", "-q", "--network", "none", "-t", tag, context], { buildkit });
  };
  const saved = async (tag: string): Promise<SavedImage> => {
    const directory = mkdtempSync(path.join(scratch, "saved-"));
    must(await reference.docker(["save", "-o", path.join(directory, "image.tar"), tag]));
    const image = await readSaved(path.join(directory, "image.tar"), directory, newSince);
    rmSync(directory, { recursive: true });
    return image;
  };
  writeFileSync(path.join(scratch, "root.tar"), busyboxTar());
  must(await reference.docker(["import", path.join(scratch, "root.tar"), "busybox"]));
  must(await build("base", baseDockerfile, false));
  const base = await saved("base");
  const recorded: Record<string, Recorded> = {};
  for (const [number, { dockerfile }] of corpus.entries()) {
    const entry: Recorded = {};
    for (const builder of ["classic", "buildkit"] as const) {
      const tag = `c${number}-${builder}`;
      if ((await build(tag, dockerfile, builder === "buildkit")).status !== 0) {
        entry[builder] = "fails";
        continue;
      }
      const image = await saved(tag);
      entry[builder] = {
        tree: changesOn(base.tree, image.tree).filter((line) => !line.startsWith("/bin/")),
        config: configOf(image.config),
        history: historyOn(base.history, image.history),
      };
    }
    recorded[dockerfile] = entry;
  }
  writeFileSync(path.join(import.meta.dirname, "recorded.json"), `${JSON.stringify(recorded, null, 1)}\n`);
} finally {
  await reference.dispose();
  rmSync(scratch, { recursive: true, force: true });
}
