import { z } from "zod";
import type { BuildRecord, BuildRecordSummary, StepRecord, StepShellStart } from "../../contract/build-record.ts";
import { type KeptBuild, type KeptStep, ownLayer } from "../../engine/builder/records/build-records.ts";
import { changedFile } from "../../engine/builds/changed-file.ts";
import type { StepShells } from "../../engine/builds/step-shells.ts";
import { InvalidArgument, isEngineError } from "../../engine/errdefs/errors.ts";
import type { ImageFiles } from "../../engine/images/files/image-files.ts";
import type { TenantEngine } from "../../engine/tenant-engine.ts";
import { readJson } from "../http/body.ts";
import { json } from "../http/reply.ts";
import { type Route, route } from "../http/route.ts";
import { terminalJson } from "./terminals.ts";

const shellSchema = z.object({
  at: z.enum(["before", "after"]).optional(),
  cmd: z.array(z.string()).min(1).optional(),
  terminal: z.object({ columns: z.number(), rows: z.number() }).optional(),
});
const resumeSchema = z.object({ container: z.string().min(1) });

export interface BuildRecordServices {
  shells: Pick<StepShells, "open" | "openable" | "resume">;
  files: ImageFiles;
}

/** Why each step of a build ran, and shells in its states (contract/build-record.ts). */
export function buildStepRoutes(
  { builder, images }: Pick<TenantEngine, "builder" | "images">,
  { shells, files }: BuildRecordServices,
): Route[] {
  const answer = async (build: KeptBuild) => {
    const steps: StepRecord[] = [];
    for (const kept of build.steps) {
      const counts = await fileCounts(kept, files);
      steps.push({ ...kept.step, ...(counts === undefined ? {} : { files: counts }), shells: shells.openable(kept) });
    }
    return json({ ...summaryOf(build), steps } satisfies BuildRecord);
  };
  return [
    route("GET", "/drydock/v1/build-records", () => json(builder.records.list().map(summaryOf))),
    route("GET", "/drydock/v1/build-records/image", ({ query }) => {
      const name = query.string("name");
      if (name === undefined) {
        throw new InvalidArgument("name is missing: which image's build?");
      }
      return answer(builder.records.ofImage(images.get(name).id));
    }),
    route("GET", "/drydock/v1/builds/{id}/record", ({ params }) => answer(builder.records.get(params["id"] ?? ""))),
    route("GET", "/drydock/v1/builds/{id}/steps/{step}/changed-file", async ({ params, query }) => {
      const [build = "", step = ""] = [params["id"], params["step"]];
      return json(await changedFile(builder.records, files, { build, step, path: query.path() }));
    }),
    route("POST", "/drydock/v1/builds/{id}/steps/{step}/shell", async (call) => {
      // What is undefined is left out: the type of the contract says so too.
      const start = JSON.parse(JSON.stringify(await readJson(call, shellSchema))) as StepShellStart;
      const { shown, ...shell } = await shells.open(call.params["id"] ?? "", call.params["step"] ?? "", start);
      return json({ ...shell, ...(shown === undefined ? {} : { terminal: terminalJson(shown) }) }, 201);
    }),
    route("POST", "/drydock/v1/builds/{id}/steps/{step}/resume", async (call) => {
      const { container } = await readJson(call, resumeSchema);
      return json(await shells.resume(call.params["id"] ?? "", call.params["step"] ?? "", container), 202);
    }),
  ];
}

function summaryOf({
  id,
  imageId,
  tags,
  startedAt,
  finishedAt,
}: ReturnType<TenantEngine["builder"]["records"]["list"]>[number]): BuildRecordSummary {
  const end = finishedAt === undefined ? {} : { finishedAt };
  return { id, tags, startedAt, ...end, ...(imageId === undefined ? {} : { imageId }) };
}

/** Undefined for a step without a layer of its own, or when the layer is gone or has too many files. */
async function fileCounts(kept: KeptStep, files: ImageFiles): Promise<StepRecord["files"]> {
  const layer = ownLayer(kept);
  if (layer === undefined) {
    return undefined;
  }
  try {
    const { added, changed, deleted } = await files.counts(layer);
    return { added, changed, deleted };
  } catch (error) {
    if (isEngineError(error, "not_found", "out_of_range")) {
      return undefined;
    }
    throw error;
  }
}
