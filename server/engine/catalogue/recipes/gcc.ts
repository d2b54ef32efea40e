import { packageVersion } from "../packages.ts";
import { defaultPath, programTag, type Recipe } from "../recipe.ts";

export const gcc: Recipe = {
  name: "gcc",
  summary: "the GNU compilers for C and C++ with make, from the distribution",
  kind: "base",
  acceptsTag: programTag,
  packages: () => ["gcc", "g++", "libc6-dev", "make", "ca-certificates"],
  version: "gcc -dumpfullversion",
  expectedVersion: (signal) => packageVersion("gcc", signal),
  config: () => ({ Env: [`PATH=${defaultPath}`], Cmd: ["bash"] }),
};
