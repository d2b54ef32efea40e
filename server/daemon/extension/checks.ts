import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { pageLanguages } from "../../contract/playground-api.ts";
import type { CheckFindings, CheckPage, CheckSummary } from "../../contract/extension-api.ts";
import { checkDockerfile } from "../../engine/builder/checks/check-dockerfile.ts";
import { maxDockerfileBytes } from "../../engine/builder/dockerfile/parser.ts";
import { type Rule, ruleNamed, rules } from "../../engine/builder/checks/rules.ts";
import { InvalidArgument, NotFound } from "../../engine/errdefs/errors.ts";
import type { TenantEngine } from "../../engine/tenant-engine.ts";
import { readJson } from "../http/body.ts";
import { json } from "../http/reply.ts";
import { type Route, route } from "../http/route.ts";

const pages = path.join(import.meta.dirname, "../../../docs/checks");

const textSchema = z.object({ text: z.string().max(maxDockerfileBytes), name: z.string().min(1).max(4096).optional() });

/** The build checks and the pages that explain them (contract/extension-api.ts). */
export function checkRoutes({ images }: Pick<TenantEngine, "images">): Route[] {
  return [
    route("GET", "/drydock/v1/checks", () => json(rules.map(summary))),
    route("POST", "/drydock/v1/checks", async (call) => {
      const { text, name = "Dockerfile" } = await readJson(call, textSchema);
      return json((await checkDockerfile(text, name, (base) => images.find(base))) satisfies CheckFindings);
    }),
    route("GET", "/drydock/v1/checks/{name}", async ({ params, query }) => {
      const rule = ruleNamed(params["name"] ?? "");
      if (rule === undefined) {
        throw new NotFound(`no build check is named ${params["name"]}`);
      }
      const text = await readFile(
        path.join(pages, folderOf(query.string("language") ?? "en"), `${rule.name}.md`),
        "utf8",
      );
      return json({ ...summary(rule), text } satisfies CheckPage);
    }),
  ];
}

/** Of the pages in a language. */
function folderOf(language: string): string {
  const known = pageLanguages.find((each) => each === language);
  if (known === undefined) {
    throw new InvalidArgument(`there is no page in the language ${language}: ${pageLanguages.join(", ")}`);
  }
  return known === "en" ? "" : known;
}

function summary({ name, title, teaching, experimental }: Rule): CheckSummary {
  return { name, title, teaching: teaching === true, experimental: experimental === true };
}
