import type { build as english } from "../en/build.ts";
import type { Shape } from "../catalogue.ts";

export const build: Shape<typeof english> = {
  title: "Build",
  titleOf: "Build · {file}",
  starting: "Der Build beginnt…",
  emptyTitle: "Noch nichts gebaut",
  empty:
    "Ein Build macht aus dem Dockerfile ein Image, mit einem Schritt je Anweisung. Schritte, an denen sich nichts geändert hat, kommen aus dem Cache.",
  shortcut: "Strg + Eingabe",
  running: "Wird gebaut",
  completed: "Gebaut",
  failed: "Fehlgeschlagen",
  cancelled: "Abgebrochen",
  interrupted: "Unterbrochen",
  interruptedText:
    "Die Engine hielt während dieses Builds an. Noch einmal bauen: fertige Schritte kommen aus dem Cache.",
  byHand: {
    short: "von Hand",
    completed: "Gebaut, teils von Hand",
    layer: "Von Hand geändert in einer Shell nach {instruction}",
    left: "Hinterlassen von {instruction}, als es fehlschlug",
    image:
      "In diesem Image ist, was von Hand in einer Shell nach Schritt {number}, {instruction}, geändert wurde. Das Dockerfile allein macht es nicht.",
    build:
      "Dieser Build geht weiter von dem, was von Hand in einer Shell nach Schritt {number}, {instruction}, geändert wurde. Das steht nicht im Dockerfile.",
    again: "{instruction} war fehlgeschlagen: es läuft noch einmal.",
    againOnIt: "{instruction} war fehlgeschlagen: es läuft noch einmal, auf dem, was es hinterlassen hatte.",
    show: "Zeigen, was geändert wurde",
    rebuild: "Aus dem Dockerfile bauen",
  },
  cached: "Cache",
  standIn: "Ersatz {version}",
  baseImage: "Genau dieses Image:",
  standInShort: "Ersatz",
  standInIs: "Ein Ersatz von hier, nicht das Image von Docker Hub: {what}",
  standInTitle: "Auf dieser Maschine aus den Paketen ihrer Distribution gemacht: nicht das Image von Docker Hub",
  unreached: "nicht erreicht",
  nothingToRun: "Es gibt noch kein Image zum Starten: baue zuerst eines.",
  noImage: "Dieser Build ergab kein Image zum Starten.",
  earlierImage: "Dieser Build ergab kein Image: Starten nimmt das von {when}.",
  alreadyRunning: "Ein Build läuft. Brich ihn ab, um einen anderen zu beginnen.",
  sent: "{name}, wie es geschickt wurde: seine Dateien sind nicht die des Arbeitsbereichs",
  changed: "Dateien haben sich seit diesem Build geändert.",
  dockerfile: {
    asBuilt: "{path}, wie es gebaut wurde",
    compared: "Was es jetzt ist",
    gone: "Diese Datei gibt es nicht mehr.",
    bringBack: "Zurückholen",
    broughtBack: "{path} ist, wie es gebaut wurde.",
    files: "Kopierte Dateien",
  },
  states: {
    waiting: "wartet",
    running: "läuft",
    done: "fertig",
    failed: "fehlgeschlagen",
    cancelled: "abgebrochen",
  },
  history: "Frühere Builds",
  historyTitle: "Frühere Builds",
  upTo: "bis {target}",
  from: "FROM {base}",
  anewFrom: "neu ab {instruction}",
  failedAt: "bei {instruction}",
  allCached: "alles aus dem Cache",
  noCache: "Ohne Cache bauen",
  pull: "Basis-Images neu holen",
  withSecrets: "Mit Secrets bauen…",
  secrets: {
    about:
      "Für RUN --mount=type=secret: nur für diesen Build, nirgends aufbewahrt, und *** in dem, was ein Schritt ausgibt.",
    none: "{file} verlangt kein Secret. RUN --mount=type=secret,id=token gibt einem Schritt die Datei /run/secrets/token, die in keiner Schicht bleibt.",
  },
  download: {
    title: "Ergebnis herunterladen",
    image: "Das Image",
    imageDetail: "für docker load; es ist auch ein OCI-Layout",
    files: "Nur seine Dateien",
    filesDetail: "als tar",
  },
  options: "Build-Optionen",
  dropped: "{count, plural, one {# frühere Zeile wird} other {# frühere Zeilen werden}} nicht gezeigt",
  truncated: "{size} der Ausgabe wurden weggelassen",
  stepFailed: "{keyword} ist fehlgeschlagen",
  endedWith: "Es endete mit dem Exit-Code {code}.",
  troubles: {
    memory: "Der Speicher ging ihm aus, und es wurde beendet: Es braucht weniger Speicher oder eine höhere Grenze.",
    memoryOf:
      "Der Speicher ging ihm aus, und es wurde beendet: Es braucht weniger Speicher oder eine höhere Grenze als {limit} für alle Builds und Container zusammen.",
    processes:
      "Es konnte keine weiteren Prozesse starten: Die Grenze von {limit} Prozessen für alle Builds und Container zusammen ist erreicht.",
    disk: "Auf der Platte war kein Platz mehr, oder die Grenze für alle Images, Container, Volumes und Dateien zusammen war erreicht: docker system prune räumt weg, was nicht gebraucht wird.",
    otherMachine:
      "Sein Image ist für {image}, diese Maschine ist {machine}, und nichts ahmt hier den anderen Prozessor nach: Führe den Schritt auf einem Image für diese Maschine aus (FROM --platform=$BUILDPLATFORM, und der Compiler baut für $TARGETARCH), oder bitte den Betreiber, einen Emulator bei binfmt_misc anzumelden (Debians Paket qemu-user-static).",
    volume:
      "{volume} gibt es nicht: VOLUME legt kein Verzeichnis an, es vermerkt nur im Image, dass Container dort ein Volume bekommen. Lege es vorher an: RUN mkdir -p {volume}",
    privateHost:
      "{host} liegt in einem privaten Netz, von dem Lernende nach der Richtlinie {policy} nur erreichen, was deren Regel privateHosts nennt. Kommen von dort Pakete, öffnet es der Betreiber: sudo ./drydock policy set {policy} privateHosts=+{host}",
    format:
      "Der Kernel kann diese Datei nicht ausführen: Ist sie ein Programm für diese Art Prozessor, oder ein Skript, dessen erste Zeile #! und eine Shell ist?",
    notExecutable:
      "Exit-Code 126 heißt, dass eine Datei gefunden wurde, aber nicht ausgeführt werden konnte: Ist sie ausführbar?",
    notFound:
      "Exit-Code 127 heißt, dass ein Befehl nicht gefunden wurde: Ist er in diesem Image installiert und richtig geschrieben?",
    killed: "Exit-Code 137 heißt, dass es beendet wurde (SIGKILL).",
  },
  failedHere: "Hier ist der Build fehlgeschlagen.",
  line: "Zeile {line}",
  goToLine: "Zu Zeile {line}",
  summary: "{steps, plural, one {# Schritt} other {# Schritte}}, {cached} aus dem Cache",
  needsConnection: "Zum Bauen braucht es die Verbindung. Drücke noch einmal Bauen, wenn sie wieder da ist.",
  nothingToBuild: "Hier ist kein Dockerfile. Lege eines an, um es zu bauen.",
  warnings: "Einen Blick wert",
  worthALook: "{count, plural, one {# Sache ist} other {# Sachen sind}} einen Blick wert",
  output: "Ausgabe dieses Schritts",
  whyLink: "Warum?",
  whyRule: "Warum {rule}?",
  evidence: "in diesem Build: {measured}",
  log: "Schritte des Builds",
  told: {
    begun: "Schritt {number} hat begonnen: {instruction}",
    done: "Schritt {number} ist fertig.",
    failed: "Schritt {number} ist gescheitert: {instruction}",
  },
  why: {
    files: "Was sich geändert hat",
    more: "und {count} weitere",
    added: "neu",
    removed: "entfernt",
    changed: "geändert",
    unset: "nicht gesetzt",
    before: "vorher",
    after: "jetzt",
    base: "Das Basis-Image ist ein anderes",
    parents: "Lief noch einmal, weil diese es taten",
    numbers: "In Zahlen",
    waited: "gewartet",
    ran: "gelaufen",
    committed: "Schicht gemacht",
    cpu: "CPU-Zeit",
    memory: "Speicher höchstens",
    disk: "Platte",
    files3: "{added, number} neu, {changed, number} geändert, {deleted, number} gelöscht",
    filesName: "Dateien",
    layer: "Seine Schicht zeigen",
    changedLines: "{kind}: {count, plural, one {# Zeile} other {# Zeilen}}",
    noLines: "Ihre Zeilen können nicht gezeigt werden: sie ist kein Text, ist groß, oder ihre Schicht ist weg.",
    advice: {
      ignore:
        "Braucht das Image {paths}? In .dockerignore genannt, hätte es nicht gezählt, und dieser Schritt wäre aus dem Cache gekommen.",
      manifests:
        "{install} liest nicht, was sich geändert hat. Kopiere zuerst nur {manifests}, führe es aus, und erst dann {copy}: es wäre aus dem Cache gekommen.",
      above:
        "An diesem Schritt selbst hat sich nichts geändert: er lief, weil {copy} über ihm steht. Braucht er diese Dateien nicht, setze ihn darüber.",
      late: "{below, plural, one {# Schritt darunter lief} other {# Schritte darunter liefen}} deshalb noch einmal: was sich oft ändert, steht am besten am Ende.",
      variable:
        "Deklariere {names} erst über dem ersten Schritt, der sie benutzt: Schritte darüber hängen dann nicht von ihr ab.",
      variables:
        "Deklariere {names} erst über dem ersten Schritt, der sie benutzt: Schritte darüber hängen dann nicht von ihnen ab.",
      pin: "Der Name der Basis meint jetzt ein anderes Image. Mit ihrem Digest angegeben (FROM name@sha256:…), bleibt sie dieselbe, bis du sie änderst.",
      cache: "Der Build sollte den Cache nicht benutzen: ein gewöhnlicher Build hätte hineingesehen.",
    },
    shellBefore: "Shell davor",
    shellAfter: "Shell danach",
    goOn: "Aus dieser Shell weiterbauen",
    goOnAgainHint:
      "Führt diesen Schritt noch einmal und die übrigen auf dem aus, was in der Shell geändert wurde. Das Dockerfile bleibt, wie es ist.",
    goOnHint:
      "Führt die übrigen Schritte auf dem aus, was in der Shell geändert wurde. Das Dockerfile bleibt, wie es ist.",
  },
};
