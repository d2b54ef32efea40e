import { InvalidArgument } from "../errdefs/errors.ts";

const pattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}$/;

/** @throws InvalidArgument in dockerd's words */
export function checkVolumeName(name: string): void {
  if (name.length === 1) {
    throw new InvalidArgument(
      `create ${name}: volume name is too short, names should be at least two alphanumeric characters`,
    );
  }
  if (!pattern.test(name)) {
    throw new InvalidArgument(
      `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
}
