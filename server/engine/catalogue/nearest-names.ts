/** Stand-ins that do for what learners ask for most: the same kind of image. */
const kin: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
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
  }),
);

/** Programs that have no stand-in of their own, by their image: the package of Debian and Ubuntu that has them. */
const packages: ReadonlyMap<string, string> = new Map(
  Object.entries({
    amazoncorretto: "default-jdk-headless",
    composer: "composer",
    "eclipse-temurin": "default-jdk-headless",
    elixir: "elixir",
    erlang: "erlang-base",
    golang: "golang-go",
    gradle: "gradle",
    haproxy: "haproxy",
    haskell: "ghc",
    mariadb: "mariadb-server",
    maven: "maven",
    mysql: "mariadb-server",
    openjdk: "default-jdk-headless",
    perl: "perl",
    php: "php-cli",
    postgres: "postgresql",
    "r-base": "r-base-core",
    rabbitmq: "rabbitmq-server",
    ruby: "ruby",
    rust: "cargo",
    tomcat: "tomcat10",
  }),
);

/**
 * What does instead of an image that is not here, as it is told behind "use": the nearest names, or how its program comes
 * into the distribution's image. Undefined: nothing.
 */
export function insteadOf(name: string, names: readonly string[]): string | undefined {
  const program = packages.get(name);
  const distribution = names.find(isDistribution);
  if (program !== undefined && distribution !== undefined) {
    return `${distribution}, with RUN apt-get update && apt-get install -y ${program} after it`;
  }
  return nearestNames(name, names).join(" or ") || undefined;
}

/** Two at most: images of its kind, names written almost like it, and the distribution, where anything can be installed. */
export function nearestNames(name: string, names: readonly string[]): string[] {
  const alike = names.filter((each) => name.includes(each) || each.includes(name) || differByOne(name, each));
  const distribution = names.filter(isDistribution);
  const found = [...(kin.get(name) ?? []), ...alike, ...distribution].filter((each) => names.includes(each));
  return [...new Set(found)].slice(0, 2);
}

function isDistribution(name: string): boolean {
  return name === "debian" || name === "ubuntu";
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
