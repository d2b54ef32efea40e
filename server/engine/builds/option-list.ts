import { InvalidArgument } from "../errdefs/errors.ts";

/**
 * `type=registry,"ref=a,b"`: one line of CSV, each field NAME=VALUE, as buildx reads its options.
 * @param what for messages
 * @throws InvalidArgument
 */
export function parseOptionList(text: string, what: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const [field] of text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))(?=,|$)/g)) {
    const bare = field.replace(/^,/, "");
    const value = bare.startsWith('"') ? bare.slice(1, -1).replaceAll('""', '"') : bare;
    const equals = value.indexOf("=");
    if (equals < 1) {
      throw new InvalidArgument(`invalid ${what} "${text}": "${value}" is not NAME=VALUE`);
    }
    options.set(value.slice(0, equals).trim().toLowerCase(), value.slice(equals + 1));
  }
  if (options.size === 0) {
    throw new InvalidArgument(`invalid ${what} "${text}": expected NAME=VALUE, separated by commas`);
  }
  return options;
}
