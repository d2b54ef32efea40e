/** Stand-ins that do for what learners ask for most: the same kind of image. */
const kin: Readonly<Record<string, readonly string[]>> = {
  alpine: ["busybox"],
  openresty: ["nginx"],
  httpd: ["nginx"],
  caddy: ["nginx"],
  bun: ["node"],
  "oven/bun": ["node"],
  "denoland/deno": ["node"],
  pypy: ["python"],
  clang: ["gcc"],
  valkey: ["redis"],
  memcached: ["redis"],
};

/** Two at most: images of its kind, names written almost like it, and the distribution, where anything can be installed. */
export function nearestNames(name: string, names: readonly string[]): string[] {
  const alike = names.filter((each) => name.includes(each) || each.includes(name) || differByOne(name, each));
  const distribution = names.filter((each) => each === "debian" || each === "ubuntu");
  const found = [...(kin[name] ?? []), ...alike, ...distribution].filter((each) => names.includes(each));
  return [...new Set(found)].slice(0, 2);
}

/** One letter too many, too few or another, or two neighbours swapped. */
function differByOne(one: string, two: string): boolean {
  if (Math.abs(one.length - two.length) > 1) {
    return false;
  }
  let start = 0;
  while (start < one.length && one[start] === two[start]) {
    start++;
  }
  const rests = [one.slice(start), two.slice(start)] as const;
  const [a, b] = rests;
  return a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1) || swapped(a) === b;
}

function swapped(word: string): string {
  return `${word[1] ?? ""}${word[0] ?? ""}${word.slice(2)}`;
}
