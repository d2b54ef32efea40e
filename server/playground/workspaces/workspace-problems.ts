import { Problem } from "../http/problem.ts";

export function expiredProblem(): Problem {
  const message =
    "Nobody has used this workspace for long: what ran in it is gone, its files are kept. Open it anew to have it live again.";
  return new Problem(410, message, { reason: "expired" });
}

export function noWorkspace(): Problem {
  return new Problem(
    404,
    "This browser has no such workspace. It was deleted, not used for a long time, or its owner has removed you.",
  );
}
