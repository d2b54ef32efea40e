import type { guide as english } from "../en/guide.ts";
import type { Shape } from "../catalogue.ts";

export const guide: Shape<typeof english> = {
  label: "Erste Schritte",
  progress: "Schritt {step} von {count}:",
  steps: {
    build:
      "Ein Dockerfile beschreibt ein Image, Zeile für Zeile. Drücke Bauen{keys}: Vor deinen Augen wird jede Anweisung zu einem Schritt.",
    again:
      "Jeder Schritt wurde behalten. Ändere ein Wort in der RUN-Zeile und baue noch einmal: Was darüber steht, kommt aus dem Cache, was darunter steht, wird neu gemacht.",
    layers:
      "Jeder Schritt, der Dateien geändert hat, wurde zu einer Schicht. Öffne im Build die Schichten: Du siehst, welche Dateien es sind und wie groß.",
    run: "Drücke jetzt Starten: Ein Container ist ein eigener Prozess, aus deinem Image gestartet und von allem anderen getrennt.",
  },
  keys: " (Strg+Eingabe)",
  againAnyhow:
    "Jeder Schritt wurde behalten. Ändere eine Zeile und baue noch einmal: Was darüber steht, kommt aus dem Cache, was darunter steht, wird neu gemacht.",
  open: "Sein Webserver wartet an Port {port}. Drücke in der Liste der Container „:{port} öffnen“, um seine Seite zu sehen.",
  openWhen:
    "Wartet in einem Container etwas an einem Port, steht in der Liste der Container „öffnen“ daneben. Hat deiner nichts dergleichen, überspringe den Schritt.",
  end: "Das ist alles: schreiben, bauen, hineinsehen, starten. Im Terminal wartet eine eigene Maschine mit dem echten docker-Kommando; Teilen macht aus allem einen Link.",
  show: "Zeig mir, wo",
  next: "Schritt überspringen",
  skip: "Einführung überspringen",
  finish: "Fertig",
};
