import { Store } from "./store.ts";

/** `contrast`: light or dark as the system, with more contrast; a system that wants more has it with any choice */
export const themeChoices = ["system", "light", "dark", "contrast"] as const;
export type ThemeChoice = (typeof themeChoices)[number];

/** In the browser's storage; nothing there means as the system. */
const key = "drydock-theme";
/** What the browser paints around the page, as `--ground`. */
const ground = { light: "#f2f5f7", dark: "#0d1317" } as const;

/**
 * Sets `data-theme` before anything is painted: the layout has it in the page itself, ahead of the style sheet's first
 * use. What it does `followTheme` goes on doing.
 */
export const themeScript = `(() => {
  let choice;
  try {
    choice = localStorage.getItem("${key}");
  } catch {}
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  const more = choice === "contrast" || matchMedia("(prefers-contrast: more)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.documentElement.dataset.contrast = more ? "more" : "usual";
})()`;

/** What the learner chose. */
export const themeChoice = new Store<ThemeChoice>("system");
/** What is shown. */
export const darkTheme = new Store(false);
export const moreContrast = new Store(false);

export function chooseTheme(choice: ThemeChoice): void {
  try {
    if (choice === "system") localStorage.removeItem(key);
    else localStorage.setItem(key, choice);
  } catch {
    // Without storage it lasts as long as the page.
  }
  themeChoice.set(choice);
  apply();
}

/** Keeps the page as chosen, also when the system or another tab changes. Returns its undoing. */
export function followTheme(): () => void {
  const media = [systemIsDark(), systemWantsContrast(), systemForcesColours()];
  const onStorage = (event: StorageEvent): void => {
    if (event.key !== key) return;
    themeChoice.set(read());
    apply();
  };
  for (const each of media) each.addEventListener("change", apply);
  addEventListener("storage", onStorage);
  themeChoice.set(read());
  apply();
  return () => {
    for (const each of media) each.removeEventListener("change", apply);
    removeEventListener("storage", onStorage);
  };
}

/** Shows a theme as long as the page lives, whatever was chosen: in a frame of a page that has its own. */
export function showTheme(theme: "light" | "dark"): void {
  themeChoice.set(theme);
  apply();
}

function apply(): void {
  const choice = themeChoice.value;
  // Where the system's colours are forced on all pages, its scheme is the one that is seen.
  const chosen = systemForcesColours().matches ? "system" : choice;
  const dark = chosen === "dark" || (chosen !== "light" && systemIsDark().matches);
  const more = choice === "contrast" || systemWantsContrast().matches;
  darkTheme.set(dark);
  moreContrast.set(more);
  document.documentElement.dataset["contrast"] = more ? "more" : "usual";
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  for (const meta of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) {
    meta.content = dark ? ground.dark : ground.light;
  }
}

const systemForcesColours = (): MediaQueryList => matchMedia("(forced-colors: active)");
const systemWantsContrast = (): MediaQueryList => matchMedia("(prefers-contrast: more)");
const systemIsDark = (): MediaQueryList => matchMedia("(prefers-color-scheme: dark)");

function read(): ThemeChoice {
  try {
    const stored = localStorage.getItem(key);
    return themeChoices.find((choice) => choice === stored) ?? "system";
  } catch {
    return "system";
  }
}
