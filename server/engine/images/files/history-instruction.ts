import type { HealthConfig } from "../../oci/types.ts";

/**
 * A line of an image's history as one would write it in a Dockerfile. Builders note what they made of an instruction,
 * and some values as Go prints them: `EXPOSE map[80/tcp:{}]` (`EXPOSE [80/tcp]` of later ones), `CMD ["sh" "-c" "x"]`.
 */
export function instructionText(createdBy: string): string {
  const text = createdBy.replace(/ # buildkit$/, "").trim();
  const nop = /^\/bin\/sh -c #\(nop\)\s*(.*)$/s.exec(text);
  if (nop !== null) return written((nop[1] ?? "").trim());
  const run = /^(?:RUN )?(?:\|\d+ .*?)?\/bin\/sh -c (.*)$/s.exec(text);
  return run === null ? written(text) : `RUN ${run[1] ?? ""}`;
}

/** `HEALTHCHECK` with its options, of an image's configuration. */
export function healthcheckText(check: HealthConfig): string {
  const seconds = (nanoseconds: number | undefined): string => (nanoseconds ? `${nanoseconds / 1e9}s` : "");
  return healthcheck(check.Test ?? [], {
    interval: seconds(check.Interval),
    timeout: seconds(check.Timeout),
    "start-period": seconds(check.StartPeriod),
    "start-interval": seconds(check.StartInterval),
    retries: String(check.Retries ?? ""),
  });
}

/** Text of another shape stays as it is: histories are anybody's. */
function written(text: string): string {
  const [, keyword = "", value = ""] = /^([A-Z]+) (.*)$/s.exec(text) ?? [];
  switch (keyword) {
    case "EXPOSE": {
      const ports = /^(?:map)?\[(.*)\]$/.exec(value)?.[1];
      return ports === undefined ? text : `EXPOSE ${ports.replaceAll(":{}", "")}`;
    }
    case "VOLUME": {
      const list = /^\[([^"]*)\]$/.exec(value)?.[1];
      return list === undefined ? text : `VOLUME ${list}`;
    }
    case "SHELL": {
      const list = /^\[([^"]*)\]$/.exec(value)?.[1];
      return list === undefined ? text : `SHELL ${listText(list.split(" "))}`;
    }
    case "CMD":
    case "ENTRYPOINT": {
      const words = quotedList(value);
      return words === undefined ? text : `${keyword} ${commandText(words)}`;
    }
    case "HEALTHCHECK":
      return printedHealthcheck(value) ?? plainHealthcheck(value) ?? text;
    default:
      return text;
  }
}

/** The shell form is one word behind the default shell. */
function commandText(words: readonly string[]): string {
  const [shell, flag, line] = words;
  return words.length === 3 && shell === "/bin/sh" && flag === "-c" && line !== undefined ? line : listText(words);
}

function listText(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;
}

const quoted = /"(?:[^"\\]|\\.)*"/g;

/** `["a" "b"]`, as Go's %q prints a list. */
function quotedList(text: string): string[] | undefined {
  if (!/^\[(?:"(?:[^"\\]|\\.)*" ?)*\]$/s.test(text)) return undefined;
  return (text.match(quoted) ?? []).map(unquoted);
}

function unquoted(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(?:x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}|.)/gs, (escape) => {
    const code = runeValue(escape);
    return code > 0x10_ff_ff ? escape : String.fromCodePoint(code);
  });
}

/** `&{["CMD-SHELL" "x"] "30s" "3s" "0s" "0s" '\x03'}`: the fourth duration is of later builders; the last is a rune. */
function printedHealthcheck(text: string): string | undefined {
  const match = /^&\{(\[.*\])((?: "[^"]*"){3,4}) '(.{1,10})'\}$/s.exec(text);
  const words = quotedList(match?.[1] ?? "");
  if (match === null || words === undefined) return undefined;
  const given = (match[2] ?? "").match(quoted)?.map((each) => unquoted(each).replace(/^0s$/, "")) ?? [];
  const [interval = "", timeout = "", period = "", start = ""] = given;
  const retries = runeValue(match[3] ?? "") || "";
  return healthcheck(words, {
    interval,
    timeout,
    "start-period": period,
    "start-interval": start,
    retries: String(retries),
  });
}

const plain =
  /^\{Test:\[(\S*)(?: (.*))?\] Interval:(\S+) Timeout:(\S+) StartPeriod:(\S+) StartInterval:(\S+) Retries:(\d+)\}$/s;

/** `{Test:[CMD-SHELL x] Interval:30s ... Retries:3}`, as BuildKit notes it since 2026: words are apart by spaces alone. */
function plainHealthcheck(text: string): string | undefined {
  const [found, kind = "", rest = "", ...times] = plain.exec(text) ?? [];
  if (found === undefined) return undefined;
  const [interval = "", timeout = "", period = "", start = "", retries = ""] = times.map((value) =>
    /^0s?$/.test(value) ? "" : value,
  );
  const words = kind === "CMD" ? rest.split(" ") : [rest];
  return healthcheck([kind, ...words], {
    interval,
    timeout,
    "start-period": period,
    "start-interval": start,
    retries,
  });
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** The number that Go prints as `'\x03'`, `'\t'` or `'A'`. */
function runeValue(text: string): number {
  const code = /^\\[xuU]([0-9a-f]+)$/i.exec(text)?.[1];
  if (code !== undefined) return Number.parseInt(code, 16);
  return text.length === 2 && text.startsWith("\\")
    ? (escapes[text[1] ?? ""] ?? text.codePointAt(1) ?? 0)
    : (text.codePointAt(0) ?? 0);
}

function healthcheck(test: readonly string[], options: Readonly<Record<string, string>>): string {
  const [kind, ...words] = test;
  if (kind === "NONE") return "HEALTHCHECK NONE";
  const given = Object.entries(options).flatMap(([name, value]) => (value === "" ? [] : [`--${name}=${value}`]));
  const command = kind === undefined ? [] : [`CMD ${kind === "CMD-SHELL" ? words.join(" ") : listText(words)}`];
  return ["HEALTHCHECK", ...given, ...command].join(" ");
}
