import { AuditLog } from "../compose/audit-log.ts";
import { readArguments, usageError, verbOf } from "./arguments.ts";
import { CommandError } from "./command-error.ts";
import { PageDatabase } from "./page-database.ts";
import { printable } from "./printable.ts";
import { readSettings, type Settings } from "./settings.ts";
import { formatLimit } from "./tenant-limits.ts";
import { webUrls } from "./web-urls.ts";

/** `./drydock shares …`: what anyone with a link can see. */
export async function run(args: string[]): Promise<number> {
  const [verb = "list", ...ids] = readArguments("shares", args, {}, Infinity).positionals;
  const settings = readSettings();
  await verbOf("shares", { list, revoke }, verb)(settings, ids);
  return 0;
}

async function list(settings: Settings): Promise<void> {
  await using database = await PageDatabase.open(settings);
  const [page] = webUrls(settings);
  const shares = await database.shares();
  if (shares.length === 0) process.stderr.write("nothing is shared\n");
  for (const { id, title, createdAt, size } of shares) {
    const state = size === 0 ? "revoked" : formatLimit("disk", size);
    const when = createdAt.toISOString().replace(/\.\d+Z$/, "Z");
    process.stdout.write(`${when} ${state.padEnd(9)} ${new URL(`s/${id}`, page).href}  ${printable(title)}\n`);
  }
}

async function revoke(settings: Settings, ids: string[]): Promise<void> {
  if (ids.length === 0) throw usageError("shares", "shares revoke: which ones? ./drydock shares list names them");
  await using database = await PageDatabase.open(settings);
  const known = new Map((await database.shares()).map((share) => [share.id, share]));
  const lost = ids.find((id) => !known.has(id));
  if (lost !== undefined) throw new CommandError(`there is no share "${printable(lost)}": ./drydock shares list`);
  const audit = new AuditLog(settings.data);
  for (const id of ids) {
    await database.revoke(id);
    const name = known.get(id)?.title ?? "";
    audit.note("operator", { method: "DELETE", path: `/shares/${id}`, about: { name }, status: 204 });
    process.stdout.write(`${id} is revoked: ${printable(name)}\n`);
  }
  audit.close();
}
