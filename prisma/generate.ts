/**
 * `npm run db`: the database client, for SQLite in `generated/` and for PostgreSQL in `generated/postgresql/`. A schema of
 * Prisma's has one provider; there is one schema, SQLite's, and PostgreSQL's differs from it in the two lines below.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const checkout = join(import.meta.dirname, "..");
const schema = join(import.meta.dirname, "schema.prisma");
const postgresql: readonly (readonly [string, string])[] = [
  ['provider = "sqlite"', 'provider = "postgresql"'],
  ['"./generated"', '"./generated/postgresql"'],
];

function generate(file: string): void {
  const prisma = join(checkout, "node_modules/prisma/build/index.js");
  const { status } = spawnSync(process.execPath, [prisma, "generate", "--schema", file], {
    cwd: checkout,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`prisma generate of ${file} ended with ${status}`);
}

// Prisma takes away files beneath its output, and refuses a directory that holds a part of another.
rmSync(join(import.meta.dirname, "generated/postgresql"), { recursive: true, force: true });
generate(schema);
// Beside the schema, since the output's directory is relative to it.
const derived = join(import.meta.dirname, `.postgresql-${process.pid}.prisma`);
try {
  const text = postgresql.reduce(
    (before, [from, to]) => {
      if (!before.includes(from)) throw new Error(`${schema} has no ${from}`);
      return before.replace(from, to);
    },
    readFileSync(schema, "utf8"),
  );
  writeFileSync(derived, text);
  generate(derived);
} finally {
  rmSync(derived, { force: true });
}
