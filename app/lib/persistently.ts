/** Pauses before each further attempt, ms: a network that changes is back within a second or two. */
const pauses = [300, 1000, 2000];

/** Does it again when it fails, a few times; at once given up on what is not `passing`. @throws the last failure */
export async function persistently<Result>(
  attempt: () => Promise<Result>,
  waits: readonly number[] = pauses,
  passing: (error: unknown) => boolean = () => true,
): Promise<Result> {
  for (const wait of waits) {
    try {
      return await attempt();
    } catch (error) {
      if (!passing(error)) throw error;
      // The next attempt may do; the last one's failure is the caller's.
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return attempt();
}
