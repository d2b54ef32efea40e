import { z } from "zod";
import type { PolicySummary } from "../../contract/extension-api.ts";
import { parsePolicyName, type PolicyBook } from "../../engine/tenants/policy-book.ts";
import { policies, type Policy, policyRules } from "../../engine/tenants/policy.ts";
import type { PolicyName } from "../../engine/tenants/tenant.ts";
import { changesBetween } from "../http/audit.ts";
import { readJson } from "../http/body.ts";
import { json, type Reply } from "../http/reply.ts";
import { type Route, route } from "../http/route.ts";

const changesSchema = z.record(z.string(), z.unknown());

/**
 * What tenants may ask of the engine, on the operator's socket alone. Changes hold at once, for all of the policy's tenants.
 * @param changed called after each; one with which it fails is taken back
 */
export function policyRoutes(book: PolicyBook, changed: () => Promise<void>): Route[] {
  const named = (params: Readonly<Record<string, string>>) => parsePolicyName(params["name"] ?? "");
  return [
    route("GET", "/drydock/v1/policies", () =>
      json(Object.keys(policies).map((name) => summaryOf(book, name as PolicyName))),
    ),
    route("PUT", "/drydock/v1/policies/{name}", async (call) => {
      const name = named(call.params);
      const changes = await readJson(call, changesSchema);
      return change(book, name, () => book.change(name, changes), changed);
    }),
    route("DELETE", "/drydock/v1/policies/{name}", ({ params, query }) => {
      const name = named(params);
      const rules = query.has("rule") ? query.all("rule") : undefined;
      return change(book, name, () => book.reset(name, rules), changed);
    }),
  ];
}

/** Answers with the policy as it is then; what `act` made different is for the audit log. */
async function change(
  book: PolicyBook,
  name: PolicyName,
  act: () => Policy,
  changed: () => Promise<void>,
): Promise<Reply> {
  const [before, own] = [book.get(name), book.changes(name)];
  const after = act();
  try {
    await changed();
  } catch (error) {
    book.restore(name, own);
    await changed();
    throw error;
  }
  return { ...json(summaryOf(book, name)), changes: changesBetween(before, after) };
}

function summaryOf(book: PolicyBook, name: PolicyName): PolicySummary {
  const policy = book.get(name);
  const changes = book.changes(name);
  const rules = Object.entries(policyRules).map(([rule, { kind, about }]) => ({
    name: rule,
    kind,
    value: policy[rule as keyof Policy] as boolean | number | string | string[],
    changed: Object.hasOwn(changes, rule),
    about,
  }));
  return { name, rules };
}
