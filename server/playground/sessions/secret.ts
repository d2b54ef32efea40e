import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** The secret that signs cookies, made on first use: 32 bytes, readable by `web` alone. */
export async function readSecret(dataDir: string): Promise<Buffer> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, "secret");
  const kept = await readIfThere(path);
  if (kept?.length === 0) await rm(path, { force: true }); // cut short when it was made: it signed nothing
  if (kept === undefined || kept.length === 0) await makeSecret(path);
  const secret = await readFile(path);
  if (secret.length !== 32) throw new Error(`${path} should hold 32 bytes: remove it to have a new one made.`);
  return secret;
}

/** Whole or not at all; whoever comes first has made it for all. */
async function makeSecret(path: string): Promise<void> {
  const fresh = `${path}.${randomBytes(4).toString("hex")}`;
  try {
    await using file = await open(fresh, "wx", 0o600);
    await file.writeFile(randomBytes(32));
    await file.sync();
    await link(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(fresh, { force: true });
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
