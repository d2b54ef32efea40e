import { InvalidArgument, Unknown } from "../errdefs/errors.ts";

const pattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
/** bytes that a file's name may have */
const longest = 255;

/** @throws InvalidArgument in dockerd's words */
export function checkVolumeName(name: string): void {
  if (name.length === 1) {
    throw new InvalidArgument(
      `create ${name}: volume name is too short, names should be at least two alphanumeric characters`,
    );
  }
  if (name.length > longest && pattern.test(name)) {
    throw new Unknown(`create ${name}: error while creating volume root path: file name too long`);
  }
  if (!pattern.test(name)) {
    throw new InvalidArgument(
      `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
}
