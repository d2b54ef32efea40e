import type { containers as english } from "../en/containers.ts";
import type { Shape } from "../catalogue.ts";

export const containers: Shape<typeof english> = {
  title: "Container",
  wished: "Läuft, sobald es gebaut ist.",
  emptyTitle: "Keine Container",
  empty: "Baue ein Image und drücke dann Starten. Seine Ausgabe und die Ports, die es öffnet, erscheinen hier.",
  emptyBuilt: "{image} ist fertig: Starten macht einen Container daraus.",
  state: {
    created: "angelegt",
    running: "läuft",
    paused: "pausiert",
    restarting: "startet neu",
    removing: "wird entfernt",
    exited: "beendet",
    dead: "tot",
  },
  exited: "beendet mit {code}",
  stopped: "angehalten",
  outOfMemory: "zu wenig Speicher",
  endings: {
    stopped: "Er wurde auf Wunsch angehalten und endete mit dem Exit-Code {code}.",
    terminated: "Er wurde auf Wunsch angehalten, durch das Signal SIGTERM: Exit-Code 143 = 128 + Signal 15.",
    killed:
      "Er wurde auf Wunsch angehalten. Er endete nicht von selbst, darum beendete ihn SIGKILL: Exit-Code 137 = 128 + Signal 9.",
    outOfMemory:
      "Zu wenig Speicher: er brauchte mehr, als er darf, darum beendete ihn der Kernel (SIGKILL, Exit-Code {code}). Lass ihn weniger brauchen, oder gib ihm mehr.",
    codes: {
      125: "Exit-Code 125: Docker selbst konnte ihn nicht starten.",
      126: "Exit-Code 126: das Kommando wurde gefunden, ließ sich aber nicht ausführen. Ist es ausführbar, und für diese Maschine gebaut?",
      127: "Exit-Code 127: das Kommando gibt es im Container nicht.",
      130: "Exit-Code 130 = 128 + Signal 2 (SIGINT): unterbrochen, wie mit Strg-C.",
      134: "Exit-Code 134 = 128 + Signal 6 (SIGABRT): das Programm gab von selbst auf.",
      137: "Exit-Code 137 = 128 + Signal 9 (SIGKILL): etwas hat ihn getötet, und es war nicht Anhalten.",
      139: "Exit-Code 139 = 128 + Signal 11 (SIGSEGV): das Programm ist abgestürzt.",
      143: "Exit-Code 143 = 128 + Signal 15 (SIGTERM): etwas bat ihn zu enden, und es war nicht Anhalten.",
    },
  },
  open: "Port {port} öffnen",
  openShort: ":{port} öffnen",
  noPage:
    "Lauscht auf {ports}: keine Seite für Browser, sondern für Programme, die seine Sprache sprechen, im Terminal.",
  insideOnly:
    "Lauscht nur auf {where}, wo ihn außerhalb seines Containers nichts erreicht: lass ihn auf 0.0.0.0 lauschen.",
  start: "Starten",
  stop: "Anhalten",
  kill: "Töten",
  restart: "Neu starten",
  remove: "Entfernen",
  removal: {
    soon: "wird gleich entfernt",
    byOther: "{name} entfernt ihn gerade",
    undo: "{name} behalten",
    notice: "{name} wird gleich entfernt.",
    started: "{name} wurde inzwischen gestartet und bleibt.",
  },
  terminal: "Terminal",
  terminalIn: "Terminal in {name}",
  actionsFor: "Aktionen für {name}",
  output: "Ausgabe von {name}",
  noOutput: "Noch keine Ausgabe.",
  notStarted: "Er konnte nicht gestartet werden:",
  startFailure: {
    what: {
      notFound: "{image} sollte das Programm „{command}“ starten, hat aber keines dieses Namens.",
      noFile: "{image} sollte „{command}“ starten, hat diese Datei aber nicht.",
      noShell: "{image} sollte die Shell „{command}“ starten, hat aber keine.",
      oneWord: "{image} sollte ein Programm starten, das im Ganzen „{command}“ heißt, und hat keines.",
      notExecutable: "{image} sollte „{command}“ starten, aber das lässt sich nicht ausführen.",
      otherMachine: "{image} sollte „{command}“ starten, und das ist kein Programm für diese Maschine.",
      noDirectory: "{image} sollte im Verzeichnis „{command}“ starten, aber das ist keines.",
      portTaken: "{image} sollte unter Port {command} zu erreichen sein, aber der ist belegt.",
    },
    hints: {
      notFound:
        "Sieh CMD und ENTRYPOINT im Dockerfile an: ist „{command}“ richtig geschrieben? Fehlt das Programm, so installiere es in einem RUN, oder beginne mit FROM bei einem Image, das es hat.",
      noFile:
        "Sieh CMD und ENTRYPOINT im Dockerfile an: stimmt der Pfad {command}, und bringt ein COPY oder RUN die Datei dorthin?",
      noShell:
        'Ein Kommando, das als Text geschrieben ist, braucht {command}. Schreibe es als Liste, die keine braucht: CMD ["/programm", "argument"].',
      oneWord: "In einer Liste ist jedes Wort ein Eintrag für sich: schreibe [{list}].",
      notExecutable: "Ist es die richtige Datei, so mach sie im Dockerfile ausführbar: RUN chmod +x {command}.",
      otherMachine:
        "Wurde {command} für eine andere Art von Prozessor gebaut? Ein Skript muss in der ersten Zeile seinen Interpreter nennen: #!/bin/sh.",
      noDirectory: "Sieh WORKDIR im Dockerfile an: unter {command} liegt etwas anderes.",
      portOf:
        "„{name}“ hat ihn. Stoppe den und starte diesen noch einmal, oder nimm einen anderen Port: die Zahl vor dem Doppelpunkt, in docker run -p wie unter ports in einer Compose-Datei.",
      portOfNone:
        "Keiner der Container hat ihn jetzt. Starte diesen noch einmal; misslingt es wieder, so lauscht dort ein Programm in der Workstation: beende es, oder nimm einen anderen Port.",
      typed:
        "Ist das Kommando richtig geschrieben? Das erste Wort ist das Programm. Was das Image hat, zeigt Bauen unter Layer.",
    },
    docker: "In Dockers eigenen Worten",
  },
  noOutputAtAll: "Keine Ausgabe.",
  list: "Container",
  images: "Images",
  runCommand: "Ein Image starten…",
  imageName: "Image",
  command: "Kommando (freigestellt)",
  commandHelp: "Leerzeichen trennen Wörter; Anführungszeichen halten sie zusammen.",
  popup: "Der Browser hat den neuen Tab blockiert. Erlaube dieser Seite Pop-ups.",
  older: "{count, plural, one {# frühere Zeile wird} other {# frühere Zeilen werden}} nicht gezeigt",
};
