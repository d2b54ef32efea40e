import { serveJobs, throttled } from "../concurrency/serve-jobs.ts";
import { currentAccount } from "../runtime/cgroups/account.ts";
import { type AppliedLayer, applyLayer } from "./apply-layer.ts";
import type { ApplyJob } from "./apply-thread.ts";

/** ms between two messages of how far it is */
const progressInterval = 50;

serveJobs<ApplyJob, AppliedLayer, number>(({ tree, file, account, options }, { signal, report }) => {
  const onProgress = throttled(progressInterval, report);
  return currentAccount.run(account, () => applyLayer(tree, file, { ...options, signal, onProgress }));
});
