/** Longest name of a network device (IFNAMSIZ without its zero byte). */
const longest = 15;

/** The name of the device of an object: `prefix` and the start of its id, as long as a device's name may be, at most 12 digits. */
export function deviceName(prefix: string, id: string): string {
  return `${prefix}${id.slice(0, Math.min(12, longest - prefix.length))}`;
}

/** True for exactly the names that `deviceName` gives: a device that only starts alike is not ours to touch. */
export function isDeviceName(name: string, prefix: string): boolean {
  const digits = name.slice(prefix.length);
  return name.startsWith(prefix) && /^[0-9a-f]{11,12}$/.test(digits) && name === deviceName(prefix, digits);
}
