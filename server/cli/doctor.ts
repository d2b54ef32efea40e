import { readArguments } from "./arguments.ts";
import { allChecks } from "./doctor/checks.ts";
import { readSettings } from "./settings.ts";
import { requireRoot } from "./setup.ts";

const marks = { ok: "✓", note: "·", warning: "!", blocker: "✗" } as const;

/** `./drydock doctor`: exit status 1 if something makes containers impossible here. */
export async function run(args: string[]): Promise<number> {
  readArguments("doctor", args, {});
  requireRoot();
  const findings = await allChecks(readSettings());
  for (const { name, state, detail, advice } of findings) {
    process.stdout.write(`${marks[state]} ${name.padEnd(24)} ${detail}\n`);
    if (advice !== undefined) process.stdout.write(`  ${" ".repeat(24)} → ${advice}\n`);
  }
  return findings.some((finding) => finding.state === "blocker") ? 1 : 0;
}
