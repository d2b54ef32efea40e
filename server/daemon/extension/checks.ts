import { readFile } from "node:fs/promises";
import path from "node:path";
import type { CheckPage, CheckSummary } from "../../contract/extension-api.ts";
import { type Rule, ruleNamed, rules } from "../../engine/builder/checks/rules.ts";
import { NotFound } from "../../engine/errdefs/errors.ts";
import { json } from "../http/reply.ts";
import { type Route, route } from "../http/route.ts";

const pages = path.join(import.meta.dirname, "../../../docs/checks");

/** The build checks and the pages that explain them (contract/extension-api.ts). */
export function checkRoutes(): Route[] {
  return [
    route("GET", "/drydock/v1/checks", () => json(rules.map(summary))),
    route("GET", "/drydock/v1/checks/{name}", async ({ params }) => {
      const rule = ruleNamed(params["name"] ?? "");
      if (rule === undefined) {
        throw new NotFound(`no build check is named ${params["name"]}`);
      }
      const text = await readFile(path.join(pages, `${rule.name}.md`), "utf8");
      return json({ ...summary(rule), text } satisfies CheckPage);
    }),
  ];
}

function summary({ name, title, teaching, experimental }: Rule): CheckSummary {
  return { name, title, teaching: teaching === true, experimental: experimental === true };
}
