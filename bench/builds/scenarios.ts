import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { contextTar } from "../fixtures.ts";
import { installCurl } from "./debian.ts";
import type { Way } from "./ways.ts";

/** Builds that follow each other in one context; every way has a context, and text, of its own. */
export interface Scenario {
  name: string;
  phases: Phase[];
}

/** One row of the table, or what goes before it. */
export interface Phase {
  /** not in the table without one */
  row?: string;
  rounds: number;
  /** ms of rest before each build; 100 without one */
  rest?: number;
  /** Not timed. @param place of this way alone */
  prepare?(place: Place, round: number): void;
  /** What is timed; by default the context is built. @returns false where this way has no such thing */
  measure?(way: Way, place: Place, round: number): Promise<boolean>;
}

export interface Place {
  context: string;
  tag: string;
  /** the way's number: ways of one engine share its cache */
  way: number;
}

const fileNames = Array.from({ length: 5 }, (_, index) => `c${index}`);

/** 20 RUN and 5 COPY. @param salt makes all of them new, `last` the last one */
function twentySteps(salt: string, last = ""): Record<string, string> {
  const runs = Array.from({ length: 20 }, (_, i) => `RUN echo ${salt}${i}${i === 19 ? last : ""} > /f${i}`);
  const Dockerfile = ["FROM bench", ...fileNames.map((name) => `COPY ${name} /${name}`), ...runs].join("\n");
  return { Dockerfile, ...Object.fromEntries(fileNames.map((name) => [name, `content of ${name}`])) };
}

function write(context: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(context, name), text);
}

const fileCount = 20_000;

/**
 * ext4 passes over inodes that were deleted in the last minute one by one (`recently_deleted` in fs/ext4/ialloc.c): who
 * makes many files would pay for what the one before has deleted, up to seven times its own time.
 */
const untilInodesAreFree = 65_000;

function manyFiles(context: string, salt: string): void {
  for (let i = 0; i < fileCount; i++) {
    const directory = join(context, "many", `d${i % 100}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `f${i}`), `${salt} ${i}\n`.repeat(1 + (i % 800)));
  }
  writeFileSync(join(context, "Dockerfile"), "FROM bench\nCOPY many /many\n");
}

function oneMoreStep(round: number, way: number): string {
  return ["FROM bench", ...Array.from({ length: round + 2 }, (_, i) => `RUN echo ${way} ${i} > /f`)].join("\n");
}

export const scenarios: readonly Scenario[] = [
  {
    name: "steps",
    phases: [
      { rounds: 1, prepare: ({ context, way }) => write(context, { Dockerfile: oneMoreStep(-1, way) }) },
      {
        row: "one more RUN step",
        rounds: 7,
        prepare: ({ context, way }, round) => write(context, { Dockerfile: oneMoreStep(round, way) }),
      },
      {
        row: "20 RUN + 5 COPY, cold",
        rounds: 3,
        prepare: ({ context, way }, round) => write(context, twentySteps(`w${way}r${round}`)),
      },
      {
        row: "the same, all cached",
        rounds: 7,
      },
      {
        row: "the same, all cached, at the API",
        rounds: 9,
        measure: async (way, { tag, way: number }, round) => {
          if (way.buildTar === undefined) return false;
          await way.buildTar(contextTar(twentySteps(`api${number}`)), tag);
          return round > 0; // the first one fills the cache
        },
      },
      {
        row: "the same, last RUN edited",
        rounds: 5,
        prepare: ({ context, way }, round) => write(context, twentySteps(`w${way}r0`, `e${round}`)),
      },
    ],
  },
  {
    name: "files",
    phases: [
      {
        row: "COPY of 20,000 files (80 MB), cold",
        rounds: 1,
        rest: untilInodesAreFree,
        prepare: ({ context, way }) => manyFiles(context, `${way}`),
      },
      { row: "the same, cached", rounds: 3 },
      {
        row: "the same, one file changed",
        rounds: 2,
        rest: untilInodesAreFree,
        prepare: ({ context, way }, round) => writeFileSync(join(context, "many/d0/f0"), `change ${round} ${way}`),
      },
    ],
  },
  {
    name: "stages",
    phases: [
      {
        row: "four stages of sleep 1",
        rounds: 3,
        prepare: ({ context, way }, round) => {
          const stages = Array.from(
            { length: 4 },
            (_, i) => `FROM bench AS s${i}\nRUN sleep 1; echo ${round} ${way} > /o${i}`,
          );
          const copies = Array.from({ length: 4 }, (_, i) => `COPY --from=s${i} /o${i} /`);
          write(context, { Dockerfile: [...stages, "FROM bench", ...copies].join("\n") });
        },
      },
    ],
  },
  {
    name: "apt",
    phases: [
      {
        row: "apt-get install curl",
        rounds: 3,
        prepare: ({ context, way }, round) =>
          write(context, { Dockerfile: `FROM bench-apt\nRUN : ${way} ${round}; ${installCurl}\n` }),
      },
      {
        row: "the same as a plain run",
        rounds: 3,
        measure: async (way) => {
          await way.run?.("bench-apt", ["sh", "-c", installCurl]);
          return way.run !== undefined;
        },
      },
    ],
  },
];
