import { limitParts, sizeParts } from "#contract/size-text.ts";
import type { SizeParts } from "#contract/size-text.ts";
import { pageLanguage } from "./language.ts";
import { messages } from "./messages.ts";
import { serverNow } from "./server-clock.ts";

/** Between a number and its unit no line is broken. */
const joined = "\u00a0";

const formats = new Map<string, Intl.NumberFormat>();

/** `0.50`, in German `0,50`: with as many digits behind the point as are given, else with as many as there are, two at most. */
export function decimal(value: number, digits?: number): string {
  const language = pageLanguage();
  const key = `${language} ${digits}`;
  let format = formats.get(key);
  if (format === undefined) {
    const fractions = { minimumFractionDigits: digits ?? 0, maximumFractionDigits: digits ?? 2 };
    // A thousand's point would be read as one of a fraction, and a unit is never far.
    format = new Intl.NumberFormat(language, { ...fractions, useGrouping: false });
    formats.set(key, format);
  }
  return format.format(value);
}

const written = ({ value, unit }: SizeParts): string => `${decimal(value)}${joined}${unit}`;

/** `812 B`, `4.26 MB` */
export const size = (bytes: number): string => written(sizeParts(bytes));

/** `64 MiB`: memory and limits */
export const limit = (bytes: number): string => written(limitParts(bytes));

/** `340 ms`, `4.2 s`, `1 min 20 s` */
export function duration(ms: number): string {
  const tenths = Math.round(ms / 100);
  const text =
    Math.round(ms) < 1000
      ? `${Math.round(ms)} ms`
      : tenths < 600
        ? `${decimal(tenths / 10, 1)} s`
        : minutes(Math.round(ms / 1000));
  return text.replaceAll(" ", joined);
}

/** What an event takes to this page at most, as a rule, ms. */
const underWay = 250;

/**
 * Of what still goes on: `0 s`, `4 s`, `1 min 20 s`. In whole seconds that are over, and a little late: what it took in the
 * end, which is known here a moment after it, is not less than what was seen before.
 */
export function stopwatch(ms: number): string {
  const seconds = Math.max(0, Math.floor((ms - underWay) / 1000));
  return (seconds < 60 ? `${seconds} s` : minutes(seconds)).replaceAll(" ", joined);
}

function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `just now`, `5 minutes ago` */
export function ago(time: number, now = serverNow()): string {
  const minutes = Math.round((now - time) / 60_000);
  if (minutes < 1) return messages.time.justNow;
  const format = new Intl.RelativeTimeFormat(pageLanguage(), { numeric: "always" });
  if (minutes < 60) return format.format(-minutes, "minute");
  if (minutes < 60 * 36) return format.format(-Math.round(minutes / 60), "hour");
  return format.format(-Math.round(minutes / 1440), "day");
}

/** `14:03:27` of today, with the date of other days */
export function clock(time: number, now = serverNow()): string {
  const today = new Date(time).toDateString() === new Date(now).toDateString();
  const date = today ? {} : ({ day: "numeric", month: "short" } as const);
  return new Intl.DateTimeFormat(pageLanguage() === "en" ? "en-GB" : pageLanguage(), {
    ...date,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).format(time);
}

/** `24 hours`, `7 days` */
export function span(ms: number): string {
  const hours = Math.round(ms / 3_600_000);
  return hours >= 48 ? messages.time.days({ count: Math.round(hours / 24) }) : messages.time.hours({ count: hours });
}
