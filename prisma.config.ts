import { PrismaLibSQL } from "@prisma/adapter-libsql";
import { defineConfig } from "prisma/config";

// Only the TypeScript engine: nothing is ever downloaded.
export default defineConfig({
  schema: "prisma/schema.prisma",
  engine: "js",
  experimental: { adapter: true },
  adapter: () => Promise.resolve(new PrismaLibSQL({ url: process.env["DRYDOCK_DATABASE"] ?? "file:./unused.db" })),
});
