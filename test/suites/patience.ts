/**
 * How long tests wait for what must come, ms: a busy machine is no failure, so it is long; the runner's limit for one
 * test is longer, so that the failure says what was waited for.
 */
export const patience = 100_000;
