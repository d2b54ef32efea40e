import type { PageLanguage } from "../../contract/playground-api.ts";

interface Starter {
  /** of the workspace, until its owner gives it another */
  name: string;
  files: readonly { path: string; content: string }[];
}

/** The first files of a workspace: they build in a second, without the network, and show one of everything. */
export const starters: Readonly<Record<PageLanguage, Starter>> = {
  en: {
    name: "Untitled workspace",
    files: starterFiles({
      language: "en",
      dockerfile: {
        first: [
          "Press Build (Ctrl+Enter), then Run. Change a line and build again:",
          "only what changed is made anew.",
        ],
        copy: ["Files from the left go into the image."],
        run: ["A command that runs while the image is built."],
        cmd: [
          "What a container of this image does: serve the site, not as root.",
          "(As a first process httpd ignores SIGTERM; this stops it at once.)",
        ],
      },
      page: {
        title: "Afloat",
        text: "This page comes out of a container that you built. Change <code>index.html</code>, build, run, and open it again.",
        link: "What the build wrote",
      },
      readme: `# Your workspace

- **Build** turns the Dockerfile into an image, step by step. Every step says how long it took and why it ran.
- **Run** starts a container. When it listens on a port, **Open** shows it in the browser.
- The **Terminal** below is a small machine of your own with the real \`docker\` command; its \`/workspace\` holds
  these very files. Try \`docker images\`, \`docker ps\`, \`docker run -it --rm busybox\`.
- **Share** makes a link that shows these files and what they did, to anyone.
`,
    }),
  },
  de: {
    name: "Arbeitsbereich ohne Namen",
    files: starterFiles({
      language: "de",
      dockerfile: {
        first: [
          "Drücke Bauen (Strg+Eingabe), dann Starten. Ändere eine Zeile und baue",
          "noch einmal: Nur was sich geändert hat, wird neu gemacht.",
        ],
        copy: ["Dateien von links kommen in das Image."],
        run: ["Ein Befehl, der läuft, während das Image gebaut wird."],
        cmd: [
          "Was ein Container aus diesem Image tut: die Seite ausliefern, nicht als root.",
          "(Als erster Prozess übergeht httpd SIGTERM; das hier hält ihn sofort an.)",
        ],
      },
      page: {
        title: "Sie schwimmt",
        text: "Diese Seite kommt aus einem Container, den du gebaut hast. Ändere <code>index.html</code>, baue, starte und öffne sie noch einmal.",
        link: "Was der Build geschrieben hat",
      },
      readme: `# Dein Arbeitsbereich

- **Bauen** macht aus dem Dockerfile ein Image, Schritt für Schritt. Jeder Schritt sagt, wie lange er dauerte und
  warum er lief.
- **Starten** startet einen Container. Wartet er an einem Port, zeigt **Öffnen** ihn im Browser.
- Das **Terminal** unten ist eine kleine eigene Maschine mit dem echten \`docker\`-Kommando; in ihrem \`/workspace\`
  liegen genau diese Dateien. Versuche \`docker images\`, \`docker ps\`, \`docker run -it --rm busybox\`.
- **Teilen** macht einen Link, der jedem diese Dateien zeigt und was sie getan haben.
`,
    }),
  },
};

interface Words {
  language: PageLanguage;
  /** the comments above an instruction, by lines */
  dockerfile: Record<"first" | "copy" | "run" | "cmd", readonly string[]>;
  page: { title: string; text: string; link: string };
  readme: string;
}

function starterFiles({ language, dockerfile, page, readme }: Words): Starter["files"] {
  const comment = (lines: readonly string[]): string => lines.map((line) => `# ${line}`).join("\n");
  return [
    {
      path: "Dockerfile",
      content: `${comment(dockerfile.first)}

FROM busybox:1

${comment(dockerfile.copy)}
WORKDIR /site
COPY index.html .

${comment(dockerfile.run)}
RUN busybox | head -n 1 | tee built.txt

${comment(dockerfile.cmd)}
EXPOSE 8080
STOPSIGNAL SIGKILL
USER nobody
CMD ["sh", "-c", "echo Serving port 8080; exec httpd -f -v -p 8080"]
`,
    },
    {
      path: "index.html",
      content: `<!doctype html>
<html lang="${language}">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>${page.title}</title>
  <style>
    body { font: 1.1rem/1.6 system-ui; max-width: 34rem; margin: 18vh auto; padding: 0 1.5rem; color: #12303f; }
    h1 { font-size: 2.6rem; margin: 0 0 .5rem; }
  </style>
  <h1>${page.title}.</h1>
  <p>${page.text}</p>
  <p><a href="built.txt">${page.link}</a></p>
</html>
`,
    },
    { path: "README.md", content: readme },
  ];
}
