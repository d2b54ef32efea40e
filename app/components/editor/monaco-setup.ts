import * as monaco from "monaco-editor/editor";
import "monaco-editor/features/register.all";
import "monaco-editor/languages/definitions/cpp/register";
import "monaco-editor/languages/definitions/css/register";
import "monaco-editor/languages/definitions/dockerfile/register";
import "monaco-editor/languages/definitions/go/register";
import "monaco-editor/languages/definitions/html/register";
import "monaco-editor/languages/definitions/ini/register";
import "monaco-editor/languages/definitions/javascript/register";
import "monaco-editor/languages/definitions/markdown/register";
import "monaco-editor/languages/definitions/python/register";
import "monaco-editor/languages/definitions/shell/register";
import "monaco-editor/languages/definitions/typescript/register";
import "monaco-editor/languages/definitions/xml/register";
import "monaco-editor/languages/definitions/yaml/register";
import { darkTheme, moreContrast } from "../../lib/theme.ts";
import { isDockerfile, nameOf } from "../files/file-tree-model.ts";

self.MonacoEnvironment = {
  getWorker: () =>
    new Worker(new URL("monaco-editor/editor/editor.worker.js", import.meta.url), {
      type: "module",
      name: "editorWorker",
    }),
};

// Its own keys for that begin with Ctrl+K, which lists the page's commands.
monaco.editor.addKeybindingRule({
  keybinding: monaco.KeyMod.Shift | monaco.KeyCode.F1,
  command: "editor.action.showHover",
});

const byEnding: Record<string, string> = {
  c: "c",
  cc: "cpp",
  cpp: "cpp",
  css: "css",
  go: "go",
  h: "c",
  htm: "html",
  html: "html",
  ini: "ini",
  js: "javascript",
  json: "javascript",
  jsx: "javascript",
  md: "markdown",
  mjs: "javascript",
  py: "python",
  sh: "shell",
  svg: "xml",
  toml: "ini",
  ts: "typescript",
  tsx: "typescript",
  xml: "xml",
  yaml: "yaml",
  yml: "yaml",
};

export function languageOf(path: string): string {
  if (isDockerfile(path)) return "dockerfile";
  return byEnding[nameOf(path).split(".").at(-1)?.toLowerCase() ?? ""] ?? "plaintext";
}

type Colours = Record<
  "ground" | "ink" | "faint" | "line" | "accent" | "string" | "comment" | "number" | "wash",
  string
>;

// Monaco takes hexadecimal colours only: these are the tokens of globals.css.
const light: Colours = {
  ground: "#fcfdfd",
  ink: "#15222d",
  faint: "#66747f",
  line: "#eff3f5",
  accent: "#00599a",
  string: "#0a6b3f",
  comment: "#5f6e79",
  number: "#6b3fa0",
  wash: "#d3e6f5",
};
const dark: Colours = {
  ground: "#121a20",
  ink: "#e6eaed",
  faint: "#8495a1",
  line: "#18222a",
  accent: "#6fbdf0",
  string: "#8fd6a8",
  comment: "#8797a3",
  number: "#c3aef5",
  wash: "#234257",
};

const moreLight: Colours = {
  ground: "#ffffff",
  ink: "#000000",
  faint: "#333333",
  line: "#e8e8e8",
  accent: "#003a70",
  string: "#004420",
  comment: "#333333",
  number: "#4a1580",
  wash: "#b5d8f7",
};
const moreDark: Colours = {
  ground: "#000000",
  ink: "#ffffff",
  faint: "#cccccc",
  line: "#222222",
  accent: "#8fd3ff",
  string: "#a8f0c0",
  comment: "#cccccc",
  number: "#dccbff",
  wash: "#1f5580",
};

function define(name: string, base: "vs" | "vs-dark", colours: Colours): void {
  const rule = (token: string, foreground: string, fontStyle = ""): monaco.editor.ITokenThemeRule => ({
    token,
    foreground: foreground.slice(1),
    fontStyle,
  });
  monaco.editor.defineTheme(name, {
    base,
    inherit: true,
    rules: [
      rule("", colours.ink),
      rule("keyword", colours.accent, "bold"),
      rule("comment", colours.comment),
      rule("string", colours.string),
      rule("variable", colours.number),
      rule("number", colours.number),
      rule("tag", colours.accent),
    ],
    colors: {
      "editor.background": colours.ground,
      "editor.foreground": colours.ink,
      "editorLineNumber.foreground": colours.faint,
      "editorLineNumber.activeForeground": colours.ink,
      "editor.lineHighlightBackground": colours.line,
      "editor.lineHighlightBorder": "#00000000",
      "editor.selectionBackground": colours.wash,
      "editorCursor.foreground": colours.accent,
      "editorIndentGuide.background1": colours.line,
      "editorGutter.background": colours.ground,
      focusBorder: "#00000000",
    },
  });
}
define("drydock-light", "vs", light);
define("drydock-dark", "vs-dark", dark);
define("drydock-light-more", "vs", moreLight);
define("drydock-dark-more", "vs-dark", moreDark);

/** All editors are in the page's theme. Returns its undoing. */
export function followThemeInEditors(): () => void {
  const apply = (): void => {
    const theme = darkTheme.value ? "drydock-dark" : "drydock-light";
    monaco.editor.setTheme(moreContrast.value ? `${theme}-more` : theme);
  };
  apply();
  const stops = [darkTheme.subscribe(apply), moreContrast.subscribe(apply)];
  return () => stops.forEach((stop) => stop());
}

/** What comes from a build is text, whatever it holds: Monaco's hovers are Markdown. */
export function plain(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>()#+\-.!|]/g, "\\$&");
}

export { monaco };
