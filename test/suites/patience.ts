/**
 * How many times as long as on a machine of its own a test may take: DRYDOCK_TEST_PATIENCE, for one that is emulated.
 * `./drydock test` gives the runner's limits the same factor.
 */
const slowness = Number(process.env["DRYDOCK_TEST_PATIENCE"] ?? 1);

/**
 * How long tests wait for what must come, ms: a busy machine is no failure, so it is long; the runner's limit for one
 * test is longer, so that the failure says what was waited for.
 */
export const patience = 100_000 * slowness;
/** How long a program that a test runs may take, ms. */
export const programLimit = 300_000 * slowness;
