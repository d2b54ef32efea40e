/** What one builder made of one Dockerfile. */
export interface RecordedImage {
  /** what differs from the base, as `changesOn` has it; without /bin */
  tree: string[];
  config: Record<string, unknown>;
  /** `created_by` of the steps after the base's; from scratch: after as many as the base has */
  history: string[];
}

export type Recorded = { classic?: RecordedImage | "fails"; buildkit?: RecordedImage | "fails" };
