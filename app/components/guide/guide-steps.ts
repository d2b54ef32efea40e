/** The way through a first build, in its order: each step is something the learner really does. */
export const guideSteps = ["build", "again", "layers", "run", "open"] as const;
export type GuideStep = (typeof guideSteps)[number];

/** Where the guide is; over, it is not shown. */
export type GuidePlace = GuideStep | "end" | "over";

/** What the page knows of what was done. */
export interface GuideFacts {
  /** the shown build, once it has ended well */
  built: string | undefined;
  /** the build that the first step saw */
  firstBuild: string | undefined;
  layersShown: boolean;
  running: boolean;
  opened: boolean;
}

const done: Record<GuideStep, (facts: GuideFacts) => boolean> = {
  build: ({ built }) => built !== undefined,
  again: ({ built, firstBuild }) => built !== undefined && built !== firstBuild,
  layers: ({ layersShown }) => layersShown,
  run: ({ running }) => running,
  open: ({ opened }) => opened,
};

export function isStep(place: GuidePlace): place is GuideStep {
  return place !== "end" && place !== "over";
}

/** The next place after this one; for those that are not steps, the same. */
export function placeAfter(place: GuidePlace): GuidePlace {
  return isStep(place) ? (guideSteps[guideSteps.indexOf(place) + 1] ?? "end") : place;
}

/** Whether what a place asks for was done. */
export function isDone(place: GuidePlace, facts: GuideFacts): boolean {
  return isStep(place) && done[place](facts);
}
