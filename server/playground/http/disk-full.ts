/** errno(3) where a disk has no room. */
const systemCodes = ["ENOSPC", "EDQUOT"];
/** SQLite's result codes (sqlite.org/rescode.html) for the same: SQLITE_FULL, SQLITE_IOERR_SHMSIZE */
const sqliteCodes = [13, 4874];

/** What errors of Node.js and of Prisma's SQLite adapter tell; the latter only say it in words for raw SQL. */
interface Told {
  code?: unknown;
  extendedCode?: unknown;
  message?: unknown;
  cause?: unknown;
}

/** True if `error`, or what caused it, is a disk without room. */
export function isDiskFull(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, extendedCode, message, cause } = error as Told;
  return (
    systemCodes.includes(String(code)) ||
    sqliteCodes.includes(Number(extendedCode)) ||
    String(message).includes("database or disk is full") ||
    isDiskFull(cause)
  );
}
