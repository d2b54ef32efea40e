/** Whether every machine calls itself by this name or address: a link with it leads nowhere on another one. */
export function isOwnMachine(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
