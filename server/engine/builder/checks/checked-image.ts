/** What the checks are told of the image that is made. */
export interface CheckedImage {
  /** USER that it runs as */
  user: string;
  /** names of the stages that it is made of */
  stages: ReadonlySet<string>;
  /** the target's */
  target: string;
}
