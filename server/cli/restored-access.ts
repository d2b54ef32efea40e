import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { type Guest, PageDatabase, type Share } from "./page-database.ts";
import { printable } from "./printable.ts";
import { operatorEnvironment, type Settings } from "./settings.ts";

/** What was in a place before a restore is moved to one with this at its end. */
export const old = ".old";
/** that are named after a restore */
const shownShares = 10;

/** What others may see and enter. */
interface Access {
  shares: Share[];
  guests: Guest[];
}

/**
 * What was taken back since the backup was made stays so, where what was before is beside its place: there the refusal to
 * overwrite it says to move it. Elsewhere it is told that all of it is shared, and everybody let in, again.
 */
export async function keepOut(settings: Settings, made: string): Promise<void> {
  if ((operatorEnvironment()["DRYDOCK_DATABASE_URL"] ?? "") !== "") return;
  const before = [
    `${settings.webData}${old}`,
    join(`${settings.data}${old}`, relative(settings.data, settings.webData)),
  ];
  const place = before.find((webData) => existsSync(join(webData, "playground.db")));
  const known = place === undefined ? undefined : await accessIn(place);
  await using restored = await PageDatabase.open(settings);
  const shares = (await restored.shares()).filter(({ size }) => size > 0);
  const guests = await restored.guests();
  if (known === undefined) {
    tellShares(shares, made);
    tellGuests(guests, made);
    return;
  }
  await keepRevoked(restored, shares, known.shares);
  await keepGuestsOut(restored, guests, known.guests);
}

/** Undefined: it cannot be read, which may be why there is a restore. */
async function accessIn(webData: string): Promise<Access | undefined> {
  try {
    await using database = await PageDatabase.open({ webData });
    return { shares: await database.shares(), guests: await database.guests() };
  } catch (error) {
    process.stdout.write(`! ${webData} cannot be read: ${(error as Error).message}\n`);
    return undefined;
  }
}

async function keepRevoked(restored: PageDatabase, shares: readonly Share[], known: readonly Share[]): Promise<void> {
  const revoked = new Set(known.flatMap(({ id, size }) => (size === 0 ? [id] : [])));
  for (const { id, title } of shares.filter((share) => revoked.has(share.id))) {
    await restored.revoke(id);
    process.stdout.write(`! ${id} stays revoked: ${printable(title)}\n`);
  }
}

/** Who was there at last may do what it might then, and nobody else anything. */
async function keepGuestsOut(restored: PageDatabase, guests: readonly Guest[], known: readonly Guest[]): Promise<void> {
  const roles = new Map(known.map((guest) => [nameOf(guest), guest.role]));
  const gone = guests.filter((guest) => !roles.has(nameOf(guest)));
  for (const guest of gone) await restored.removeGuest(guest);
  for (const guest of guests) {
    const role = roles.get(nameOf(guest));
    if (role !== undefined && role !== guest.role) await restored.changeGuest({ ...guest, role });
  }
  if (gone.length > 0)
    process.stdout.write(`! Still out of others' workspaces, as they were at last: ${count(gone)}\n`);
}

function tellShares(shares: readonly Share[], made: string): void {
  if (shares.length === 0) return;
  process.stdout.write(
    `! What was shared on ${made} is shared again, also what was taken back since: sudo ./drydock shares revoke ID\n`,
  );
  for (const { id, title } of shares.slice(0, shownShares)) process.stdout.write(`    ${id}  ${printable(title)}\n`);
  if (shares.length > shownShares) {
    process.stdout.write(`    and ${shares.length - shownShares} more: sudo ./drydock shares\n`);
  }
}

function tellGuests(guests: readonly Guest[], made: string): void {
  if (guests.length === 0) return;
  process.stdout.write(
    `! Who had been let into others' workspaces on ${made} is let in again, also who was removed since: ${count(guests)}. ` +
      `Owners see them behind "Work together", and remove them there\n`,
  );
}

function count(guests: readonly Guest[]): string {
  const links = guests.filter(({ kind }) => kind === "Invitation").length;
  const members = guests.length - links;
  return `${members} ${members === 1 ? "member" : "members"}, ${links} ${links === 1 ? "invitation" : "invitations"}`;
}

function nameOf({ kind, workspace, key }: Guest): string {
  return JSON.stringify([kind, workspace, key]);
}
