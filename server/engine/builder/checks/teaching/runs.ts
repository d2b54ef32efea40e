import { runsOf, scriptOf, type Finding, type TeachingCheck } from "./finding.ts";

/** CdHasNoEffect, EmptyRun, InvalidOnbuildTrigger. */
export const runs: TeachingCheck = (stages) =>
  stages.flatMap((stage) => [
    ...runsOf(stage).flatMap((run): Finding[] => {
      const script = scriptOf(run).trim();
      if (script === "") {
        return [
          { rule: "EmptyRun", message: "This RUN has no command: it only makes an empty layer", range: run.range },
        ];
      }
      const directory = /^cd\s+([^\s;&|]+)$/.exec(script)?.[1];
      if (directory === undefined) {
        return [];
      }
      const text = `WORKDIR ${directory}`;
      return [
        {
          rule: "CdHasNoEffect",
          message: `cd lasts only until this RUN ends: write ${text}`,
          range: run.range,
          fix: { title: `Write ${text}`, edits: [{ range: run.range, text }] },
        },
      ];
    }),
    ...stage.instructions.flatMap((instruction): Finding[] =>
      instruction.kind === "onbuild" && instruction.invalid !== undefined
        ? [
            {
              rule: "InvalidOnbuildTrigger",
              message: `No build from this image will work: ${instruction.invalid}`,
              range: instruction.range,
            },
          ]
        : [],
    ),
  ]);
