import { createHash } from "node:crypto";
import { basename } from "node:path/posix";
import { type ChangedContent, type ChangedFile, changedTextBytes } from "../../contract/build-record.ts";
import { explainedFile } from "../builder/ops/content-digest.ts";
import { type BuildRecords, type KeptBuild, ownLayer } from "../builder/records/build-records.ts";
import { Pace } from "../diff/pace.ts";
import { isEngineError, NotFound } from "../errdefs/errors.ts";
import type { ImageFiles } from "../images/files/image-files.ts";
import type { LayerID } from "../layers/layer-store.ts";

/** Builds before, and layers of them, in which the file is looked for. */
const builds = 20;
const layers = 40;
/** Files of one layer that are read, and bytes of each. */
const candidates = 50;
const bytes = 1 << 20;
/** COPY --chmod gives files another mode than they have in the context: those that files commonly have. */
const commonModes = [0o644, 0o755, 0o600, 0o664, 0o775, 0o700, 0o640, 0o666, 0o777];

/**
 * Both sides of a file that a step's evidence names. Nothing of a context is kept: it is found again in the layers that
 * COPY made of it, by the digest that the evidence has.
 * @throws NotFound when the step's evidence does not name it
 */
export async function changedFile(
  records: Pick<BuildRecords, "get" | "before">,
  files: ImageFiles,
  { build: id, step: stepId, path }: { build: string; step: string; path: string },
): Promise<ChangedFile> {
  const build = records.get(id);
  const evidence = build.steps.find(({ step }) => step.id === stepId)?.step.evidence;
  const changed = evidence?.files?.find((file) => file.path === path);
  if (changed === undefined) {
    throw new NotFound(`step ${stepId} of build ${id} did not run again because of ${path}`);
  }
  const find = (digest: string | undefined, among: readonly KeptBuild[]) =>
    digest === undefined ? undefined : findFile(files, layersOf(among), { name: basename(path), digest });
  const [before, after] = await Promise.all([
    find(changed.before, records.before(build, builds)),
    find(changed.after, [build]),
  ]);
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** Layers of steps that take files from somewhere, each once. */
function layersOf(among: readonly KeptBuild[]): LayerID[] {
  const found = among.flatMap(({ steps }) =>
    steps.flatMap((kept) => (/^\s*(?:COPY|ADD)\s/i.test(kept.step.instruction) ? (ownLayer(kept) ?? []) : [])),
  );
  return [...new Set(found)].slice(0, layers);
}

async function findFile(
  files: ImageFiles,
  among: readonly LayerID[],
  { name, digest }: { name: string; digest: string },
): Promise<ChangedContent | undefined> {
  const pace = new Pace();
  for (const layer of among) {
    try {
      for (const { path, file } of (await files.candidates(layer, name, bytes)).slice(0, candidates)) {
        const content = files.content(layer, path);
        const sha256 = createHash("sha256").update(content).digest("hex");
        const owners = ["", `${file.uid}:${file.gid}`];
        const isIt = [file.mode, ...commonModes].some((mode) =>
          owners.some((owner) => explainedFile(mode, owner, sha256) === digest),
        );
        if (isIt) return contentOf(content);
        if (pace.due) await pace.rest();
      }
    } catch (error) {
      // Collected meanwhile, or larger than what is shown: another one may have it.
      if (!isEngineError(error, "not_found", "out_of_range")) throw error;
    }
  }
  return undefined;
}

function contentOf(content: Buffer): ChangedContent {
  const size = content.length;
  if (size > changedTextBytes || content.includes(0)) return { size };
  try {
    return { size, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content) };
  } catch {
    return { size };
  }
}
