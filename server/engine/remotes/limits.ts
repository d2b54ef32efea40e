/** How much is transferred at once, and how often what breaks is tried. */
export interface TransferLimits {
  /** layers at the same time, of one pull */
  readonly downloads: number;
  /** layers at the same time, of one push */
  readonly uploads: number;
  /** of one blob */
  readonly attempts: number;
}

export const defaultTransferLimits: TransferLimits = { downloads: 3, uploads: 5, attempts: 5 };
