/** What is wrong with a Dockerfile or its build. */
export const mistakes: Readonly<Record<string, string>> = {
  "dockerfile parse error on line {0}: {1*}": "Fehler im Dockerfile, Zeile {0}: {1*}",
  "failed to process {0}: {1*}": "{0} ist nicht zu lesen: {1*}",
  "invalid from flag value {0}: {1*}": "--from={0} geht nicht: {1*}",
  "No build from this image will work: {0*}": "Kein Build von diesem Image wird gelingen: {0*}",
  "{0*} (did you mean {1}?)": "{0*} (ist {1} gemeint?)",

  // Instructions and flags
  "{0} requires at least one argument": "{0} braucht mindestens ein Argument",
  "{0} requires exactly one argument": "{0} braucht genau ein Argument",
  "{0} requires at least two arguments, but only one was provided. Destination could not be determined":
    "{0} braucht mindestens zwei Argumente, hat aber nur eines: Es fehlt das Ziel",
  "{0} must have two arguments": "{0} braucht zwei Argumente",
  "{0} names can not be blank": "Bei {0} fehlt der Name",
  "{0} cannot accept a heredoc as a destination": "Ein Heredoc kann nicht das Ziel von {0} sein",
  "FROM requires either one or three arguments": "FROM hat entweder ein Argument oder drei",
  "Syntax error - can't find = in {0}. Must be of the form: name=value": "In {0} fehlt das =: Die Form ist Name=Wert",
  "VOLUME specified can not be an empty string": "VOLUME kann kein leerer Name sein",
  "SHELL requires the arguments to be in JSON form": "SHELL will seine Argumente in JSON",
  "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed": "ONBUILD kann nicht in einem ONBUILD stehen",
  "{0} isn't allowed as an ONBUILD trigger": "{0} kann nicht in einem ONBUILD stehen",
  'invalid ONBUILD trigger "{0}"': "{0} kann nicht in einem ONBUILD stehen",
  "HEALTHCHECK NONE takes no arguments": "HEALTHCHECK NONE hat keine Argumente",
  "Missing command after HEALTHCHECK CMD": "Nach HEALTHCHECK CMD fehlt der Befehl",
  "Unknown type {0} in HEALTHCHECK (try CMD)": "HEALTHCHECK kennt {0} nicht (ist CMD gemeint?)",
  'Interval "{0}" cannot be less than 1ms': "--{0} kann nicht weniger als 1ms sein",
  "--retries cannot be negative ({0})": "--retries kann nicht negativ sein ({0})",
  "strconv.ParseInt: parsing {0}: value out of range": "{0} ist als Zahl zu groß",
  "strconv.ParseInt: parsing {0}: invalid syntax": "{0} ist keine ganze Zahl",
  "time: invalid duration {0}": "{0} ist keine Dauer",
  "time: missing unit in duration {0}": "Der Dauer {0} fehlt die Einheit",
  "time: unknown unit {0} in duration {1}": "Die Einheit {0} der Dauer {1} gibt es nicht",
  "when using JSON array syntax, arrays must be comprised of strings only":
    "In einer Liste in JSON müssen alle Teile Texte in Anführungszeichen sein",
  "invalid name for build stage: {0}, name can't start with a number or contain symbols":
    "{0} kann keine Stufe heißen: Der Name beginnt mit keiner Ziffer und enthält keine Sonderzeichen",
  "There is no name of a stage here.": "Hier steht kein Name einer Stufe.",
  "“{0}” cannot name a stage: begin with a lower-case letter, then letters, digits, “-”, “_” and “.”.":
    "„{0}“ kann keine Stufe heißen: Der Name beginnt mit einem Kleinbuchstaben, dann folgen Buchstaben, Ziffern, „-“, „_“ und „.“.",
  "There is a stage “{0}” already.": "Eine Stufe „{0}“ gibt es schon.",
  "Mend the Dockerfile first: {0*}": "Bring zuerst das Dockerfile in Ordnung: {0*}",
  "invalid network mode {0}": "Den Netzmodus {0} gibt es nicht",
  "security {0} is not valid": "--security={0} gibt es nicht",
  "duplicate flag specified: {0}": "{0} steht zweimal da",
  "missing a value on flag: {0}": "{0} hat keinen Wert",
  "expecting boolean value for flag {0}, not: {1}": "{0} ist true oder false, nicht {1}",
  "unknown flag: {0}": "{0} gibt es hier nicht",
  "unknown instruction: {0}": "Die Anweisung {0} gibt es nicht",
  "unterminated heredoc {0}": "Das Heredoc {0} hat kein Ende",
  "no build stage in current context": "Vor dem ersten FROM gehört das zu keiner Stufe",
  "dockerfile contains no stages to build": "Im Dockerfile ist keine Stufe, die gebaut werden könnte",
  "file with no instructions": "In der Datei ist keine Anweisung",
  "the Dockerfile cannot be empty": "Das Dockerfile ist leer",
  "the file is larger than {0} bytes": "Die Datei ist größer als {0} Bytes",
  "the file has more than {0} instructions": "Die Datei hat mehr als {0} Anweisungen",
  "the history of the image would be longer than {0} bytes": "Die Geschichte des Images wäre länger als {0} Bytes",
  "this builder takes no cache from elsewhere, and leaves none":
    "Hier kommt kein Cache von anderswo, und es bleibt keiner",
  "the here-document's first line names no interpreter after #!":
    "Die erste Zeile des Heredocs nennt hinter #! kein Programm",
  "only one {0} parser directive can be used": "Die Direktive {0} darf nur einmal dastehen",
  "invalid escape token {0} does not match ` or \\": "{0} kann nicht das Zeichen von escape sein: Es ist ` oder \\",
  "failed to parse check options: failed to parse check option {0}: {1}":
    "Die Direktive check ist nicht zu lesen: {0} ist weder true noch false",
  "failed to parse check options: invalid check option {0}":
    "Die Direktive check ist nicht zu lesen: {0} gibt es nicht",
  "lint violation found for rules: {0}": "Gegen Regeln verstoßen: {0}",
  "failed to read dockerfile: {0}: no such file in the build context": "Im Build-Kontext ist keine Datei {0}",
  "failed to read dockerfile: {0}: it is outside the build context": "{0} liegt außerhalb des Build-Kontexts",
  "No image was generated. Is your Dockerfile empty?": "Es ist kein Image entstanden. Ist das Dockerfile leer?",
  "the build cannot be resumed: what comes before the step was changed meanwhile":
    "Der Build kann nicht fortgesetzt werden: Was vor dem Schritt steht, wurde inzwischen geändert",

  // Variables
  "syntax error: missing {0} in ${}": "{0} fehlt in ${}",
  "syntax error: missing {0}": "{0} fehlt",
  "syntax error: bad substitution": "Das ist keine Variable",
  "unsupported modifier ({0}) in substitution": "{0} gibt es in Variablen nicht",
  "{0}: is not allowed to be unset": "{0} muss einen Wert haben",
  "{0}: is not allowed to be empty": "{0} darf nicht leer sein",
  "unexpected end of statement while looking for matching single-quote": "Das ' am Ende fehlt",
  "unexpected end of statement while looking for matching double-quote": 'Das " am Ende fehlt',
  "variables are nested too deeply": "Die Variablen sind zu tief geschachtelt",
  "with the value of {0} this would be longer than {1} characters: no program can be given that":
    "Mit dem Wert von {0} wäre das länger als {1} Zeichen: Das bekommt kein Programm",
  "it would be longer than {0} characters": "Das wäre länger als {0} Zeichen",
  "the value is too long for a pattern with *": "Für ein Muster mit * ist der Wert zu lang",
  "invalid pattern ({0}) in substitution: invalid escape '\\{1}'": "Im Muster {0} steht \\{1}, das es nicht gibt",
  "the variables in it are longer than {0} characters together": "Seine Variablen sind zusammen länger als {0} Zeichen",

  // Stages and images
  "base name ({0}) should not be blank": "Der Name der Basis ({0}) ist leer",
  'cannot mount from stage "{0}" to "{1}", stage needs to be defined before current command':
    "{1} kann nicht aus der Stufe {0} kommen: Sie muss davor stehen",
  'cannot copy from stage "{0}", it needs to be defined before current stage "{1}"':
    "Aus der Stufe {0} kann nicht kopiert werden: Sie muss vor der Stufe {1} stehen",
  "circular dependency detected on stage: {0}": "Die Stufe {0} braucht sich selbst",
  'target stage "{0}" could not be found': "Die Stufe {0}, die gebaut werden soll, gibt es nicht",
  "invalid stage index {0}": "Eine Stufe mit der Nummer {0} gibt es nicht",
  "there is no stage of that number": "Eine Stufe mit dieser Nummer gibt es nicht",
  "unsupported {0} instruction": "{0} geht hier nicht",
  "{0} stage must use FROM scratch": "Die Stufe {0} muss FROM scratch sein",
  "{0} stage does not meet source-only requirements: {1*}": "Die Stufe {0} darf nur eines von außen holen: {1*}",
  "{0} stage must contain exactly one remote ADD": "Die Stufe {0} muss genau ein ADD von außen haben",
  "{0} stage source must be a single HTTP(S) or Git ADD":
    "Die Stufe {0} hat ein einziges ADD, über HTTP(S) oder von Git",
  "empty platform value from expression {0}": "Die Plattform {0} ist leer",
  "failed to parse platform {0}: {1}": "{0} ist keine Plattform",
  "failed to parse stage name {0}: invalid reference format: repository name must be lowercase":
    "{0} kann kein Image heißen: Sein Name muss klein geschrieben sein",
  "failed to parse stage name {0}: invalid reference format": "{0} kann kein Image heißen",
  "failed to parse stage name {0}: invalid checksum digest length": "{0}: Ein SHA-256-Digest hat 64 Ziffern",
  "failed to parse stage name {0}: invalid checksum digest format":
    "{0}: Ein SHA-256-Digest besteht aus den Ziffern 0 bis 9 und a bis f, klein geschrieben",
  "failed to parse stage name {0}: unsupported digest algorithm": "{0}: Ein Digest beginnt hier mit sha256:",
  'image "{0}" was not found: {1}': "Das Image {0} wurde nicht gefunden: {1}",
  'image "{0}" was not found': "Das Image {0} wurde nicht gefunden",
  'image "{0}" is not on this machine, and Docker Hub cannot be reached':
    "Das Image {0} ist nicht auf dieser Maschine, und Docker Hub ist nicht zu erreichen",
  'image "{0}" is not on this machine, and it cannot be pulled: {1}':
    "Das Image {0} ist nicht auf dieser Maschine und kann nicht geholt werden: {1}",
  "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround":
    "In --from werden keine Variablen ersetzt: Setze sie in ein FROM, das der Stufe einen Namen gibt",
  "'from' doesn't support variable expansion, define alias stage instead":
    "In from werden keine Variablen ersetzt: Setze sie in ein FROM, das der Stufe einen Namen gibt",

  // COPY and ADD
  "checksum can't be specified for multiple sources": "--checksum gilt nur für eine einzige Quelle",
  "checksum requires HTTP(S) or Git sources": "--checksum gilt nur für Quellen mit HTTP(S) oder von Git",
  "invalid checksum digest format": "Die Prüfsumme hat nicht die richtige Form",
  "invalid checksum digest length": "Die Prüfsumme hat nicht die richtige Länge",
  "unsupported digest algorithm": "Prüfsummen dieser Art gibt es hier nicht",
  "invalid checksum {0} for Git URL, expected hex commit hash": "{0} ist nicht der Name eines Commits",
  'checksum mismatch "{0}" != "{1}"': "Die Prüfsummen {0} und {1} sind nicht dieselben",
  "inconsistent keep-git-dir configuration": "keep-git-dir steht zweimal da, und verschieden",
  "source can't be a URL for COPY": "COPY kann nichts von einer Adresse holen",
  "source can't be a git ref for COPY": "COPY kann nichts aus einem Git-Repository holen",
  "invalid chmod parameter: {0}. it should be octal string and between 0 and 07777":
    "--chmod={0} geht nicht: Es ist eine oktale Zahl von 0 bis 07777",
  '{0} failed: "{1}" is excluded by .dockerignore: remove the pattern, or add {2} after it':
    "{0}: {1} ist von .dockerignore ausgenommen. Nimm das Muster heraus, oder schreibe {2} darunter",
  '{0} failed: "{1}": not found in the build context (did you mean {2}?)':
    "{0}: {1} ist nicht im Build-Kontext (ist {2} gemeint?)",
  '{0} failed: "{1}": not found in the build context; a path cannot lead out of the build context, so ../ ends at its top':
    "{0}: {1} ist nicht im Build-Kontext. Kein Pfad führt aus ihm hinaus: ../ endet an seinem obersten Verzeichnis",
  '{0} failed: "{1}": not found in the build context': "{0}: {1} ist nicht im Build-Kontext",
  '{0} failed: "{1}": not found in {2*} (did you mean {3}?)': "{0}: {1} ist nicht in {2*} (ist {3} gemeint?)",
  '{0} failed: "{1}": not found in {2*}': "{0}: {1} ist nicht in {2*}",
  "the build context": "dem Build-Kontext",
  "the stage it copies from": "der Stufe, aus der kopiert wird",
  "what the mount is from": "dem, woraus der Mount ist",
  "what the cache mount begins with": "dem, womit der Cache-Mount beginnt",

  '{0} failed: "{1}" is a link to {2}, which is not in {3*}: a link cannot lead out of it, copy the file itself into it':
    "{0}: {1} ist ein Link auf {2}, das nicht in {3*} ist: Ein Link führt nicht hinaus, kopiere die Datei selbst hinein",
  '{0} failed: "{1}" is a socket: {2*} has files, directories and links':
    "{0}: {1} ist ein Socket: In {2*} sind Dateien, Verzeichnisse und Links",
  "cannot copy into {0}: the image has a file there, or above it, no directory":
    "Nach {0} kann nicht kopiert werden: Dort oder darüber ist im Image eine Datei, kein Verzeichnis",
  "cannot copy to non-directory: {0} is {1} in the image, and the source has a directory of that name":
    "{0} ist im Image kein Verzeichnis, in der Quelle aber eines dieses Namens (cannot copy to non-directory)",
  "cannot copy a file to {0}: it is a directory in the image":
    "Eine Datei kann nicht nach {0} kopiert werden: Das ist im Image ein Verzeichnis",
  "{0} is a {1} device, which cannot be copied": "{0} ist ein Gerät und kann nicht kopiert werden",
  "{0} cannot be made: too many levels of symbolic links in the image":
    "{0} kann nicht angelegt werden: Im Image führen die Links im Kreis",
  "Cannot mkdir: {0} is not a directory": "{0} ist kein Verzeichnis (Cannot mkdir)",
  "{0} was changed while the build read it: build again":
    "{0} wurde geändert, während der Build es las: Baue noch einmal",
  "what this step has written cannot be kept: a process that goes on after it, in a container or in another step, still has a file of it open for writing. End that process, and build again":
    "Was dieser Schritt geschrieben hat, kann nicht behalten werden: Ein Prozess in einem Container oder einem anderen Schritt läuft weiter und hat eine seiner Dateien noch zum Schreiben offen. Beende ihn, und baue noch einmal",
  "{0} cannot be opened": "{0} ist nicht zu öffnen",
  "ADD failed: {0}: the server answered {1}": "ADD: {0}: Der Server antwortete {1}",
  "ADD failed: {0} redirects more than {1} times": "ADD: {0} leitet mehr als {1} Mal weiter",
  "ADD failed: cannot fetch {0}: only http and https are spoken":
    "ADD: {0}: Nur http und https lassen sich herunterladen",
  "ADD failed: {0}: the connection broke: {1}": "ADD: {0}: Die Verbindung brach ab: {1}",
  'ADD failed: Get "{0}": no answer for {1} s': "ADD: {0}: seit {1} s keine Antwort",
  'ADD failed: Get "{0}": dial tcp {1}: connect: connection refused': "ADD: {0}: An {1} nimmt niemand Verbindungen an",
  "ADD failed: {0}: there is no host {1} in this machine's DNS, which ADD asks: is the name spelled right?":
    "ADD: {0}: Das DNS dieser Maschine, das ADD fragt, kennt {1} nicht: Ist der Name richtig geschrieben?",
  "ADD failed: {0}: this machine's DNS, which ADD asks, gives no answer for {1}: try again later":
    "ADD: {0}: Das DNS dieser Maschine, das ADD fragt, gibt zu {1} keine Antwort: Versuche es später noch einmal",
  "ADD failed: {0} is larger than {1} bytes": "ADD: {0} ist größer als {1} Bytes",
  "ADD failed: digest mismatch {0}: expected {1}, got {2}":
    "ADD: {0} hat nicht die genannte Prüfsumme: erwartet {1}, bekommen {2}",
  "ADD failed: {0}": "ADD: {0}",

  // Git repositories
  "{0}: Git over SSH needs a key, and builds have none here: write an https:// address":
    "{0}: Git über SSH braucht einen Schlüssel, und Builds haben hier keinen: Schreibe eine Adresse mit https://",
  "fetch-by-commit needs a checksum that is a whole commit id":
    "Für fetch-by-commit muss die Prüfsumme der ganze Name eines Commits sein",
  "repository {0} has no HEAD: it is empty": "Das Repository {0} ist leer",
  "repository {0} does not contain ref {1}": "Im Repository {0} gibt es {1} nicht",
  "failed to fetch remote {0}: {1}": "Das Repository {0} ist nicht zu holen: {1}",
  "expected checksum to match {0}, got {1}": "Der Commit sollte {0} sein, ist aber {1}",
  "git is not installed on this machine: the operator can add it (apt-get install git)":
    "git fehlt auf dieser Maschine: Der Betreiber kann es hinzufügen (apt-get install git)",
  "git was ended after {0} minutes": "git wurde nach {0} Minuten beendet",
  "git ended with exit code {0}": "git endete mit Exit-Code {0}",
  'query "{0}" has multiple values': "{0} steht in der Adresse mehrmals",
  'query "{0}" has no value': "{0} hat in der Adresse keinen Wert",
  'unexpected query "{0}"': "{0} gibt es in der Adresse eines Repositorys nicht",
  "branch conflicts with tag": "Die Adresse nennt branch und tag: Es geht nur eines",
  'subdir conflicts: "{0}" vs "{1}"': "Die Adresse nennt zwei Verzeichnisse: {0} und {1}",
  'ref conflicts: "{0}" vs "{1}"': "Die Adresse nennt zweierlei: {0} und {1}",
  'invalid mtime value: "{0}" (must be "checkout" or "commit")': "mtime={0} geht nicht: Es ist checkout oder commit",
  'invalid {0} value: "{1}"': "{0}={1} geht nicht",

  // .dockerignore and patterns
  ".dockerignore has {0} lines: at most {1} are allowed": ".dockerignore hat {0} Zeilen: Höchstens {1} sind erlaubt",
  '.dockerignore: illegal exclusion pattern "{0}": name what to keep after the !':
    ".dockerignore: In {0} fehlt hinter dem !, was bleiben soll",
  ".dockerignore: a pattern has more than {0} wildcards": ".dockerignore: Ein Muster hat mehr als {0} Platzhalter",
  '.dockerignore: "{0}" is no valid pattern': ".dockerignore: {0} ist kein Muster",
  "{0}: nothing after the last \\": "{0}: Nach dem letzten \\ steht nichts",
  "{0}: write \\{1} in brackets": "{0}: In Klammern schreibe \\{1}",
  "{0}: the range {1}-{2} is empty": "{0}: Der Bereich {1}-{2} ist leer",

  // EXPOSE and STOPSIGNAL
  "invalid port: {0}: no port specified": "In {0} fehlt der Port",
  "invalid port: {0}: invalid proto: {1}": "{0}: Das Protokoll {1} gibt es nicht",
  "invalid containerPort: {0}": "{0} ist kein Port",
  "invalid hostPort: {0}": "{0} ist kein Port",
  "invalid IP address: {0}": "{0} ist keine IP-Adresse",
  "invalid ranges specified for container and host Ports: {0} and {1}": "{0} und {1} sind nicht gleich viele Ports",
  "invalid signal: {0}": "Das Signal {0} gibt es nicht",

  // shells in steps
  'there is no /bin/sh {0} "{1}": a shell can only be opened where there is one, and FROM scratch has what is copied into it':
    "Bei {1} gibt es kein /bin/sh: Eine Shell geht nur dort, wo es eine gibt, und FROM scratch hat nur, was hineinkopiert wird",
  '"{0}" still runs: there is no file system {1} it yet': "{0} läuft noch: Es gibt dort noch kein Dateisystem",
  '"{0}" begins its stage: there is no file system before it':
    "Mit {0} beginnt die Stufe: Davor gibt es kein Dateisystem",
  '"{0}" was not needed: there is no file system {1} it, as what is made of it came from an imported cache':
    "{0} wurde nicht gebraucht: Es gibt dort kein Dateisystem, denn was daraus entsteht, kam aus einem importierten Cache",
  '"{0}" was not reached: there is no file system {1} it': "{0} wurde nicht erreicht: Es gibt dort kein Dateisystem",
  'the file system {0} "{1}" is no longer in the cache: build again':
    "Das Dateisystem bei {1} ist nicht mehr im Cache: Baue noch einmal",
  '"{0}" begins the build: there is nothing to resume it from':
    "Mit {0} beginnt der Build: Davor gibt es nichts, von dem aus er weitergeht",
  "container {0} is no shell of this step": "Der Container {0} ist keine Shell dieses Schrittes",
  "container {0} has no file system": "Der Container {0} hat kein Dateisystem",
  "build {0} has no step {1}": "Der Build {0} hat keinen Schritt {1}",

  // RUN and its mounts
  "RUN --device is not possible here: a build step has no devices of the machine":
    "RUN --device geht hier nicht: Ein Schritt hat keine Geräte der Maschine",
  "RUN --security=insecure is not allowed here: a build step has no privileges":
    "RUN --security=insecure ist hier nicht erlaubt: Ein Schritt hat keine Vorrechte",
  '{0}: "{1}" is no host name': '{0}: "{1}" ist kein Name einer Maschine',
  "both source and id can't be set": "source und id können nicht beide dastehen",
  "ssh does not support source": "Ein Mount der Art ssh hat kein source",
  "failed to parse csv mounts: EOF": "--mount ist leer",
  "failed to parse csv mounts: parse error on line {0}, column {1}: {2}":
    "--mount ist nicht zu lesen: Bei Zeichen {1} stimmen die Anführungszeichen nicht",
  "failed to parse csv mounts: {0}": "--mount ist nicht zu lesen: {0}",
  "invalid cache sharing set for {0} mount": "sharing geht nicht bei Mounts der Art {0}",
  "invalid field {0} must be a key=value pair": "{0} muss die Form Name=Wert haben",
  "invalid mount target {0}": "{0} kann nicht das Ziel eines Mounts sein",
  "invalid secret mount. one of source, target required": "Einem Geheimnis fehlt id, source oder target",
  "invalid value {0} for {1}": "{1}={0} geht nicht",
  "invalid value for {0}: {1}": "{0}={1} geht nicht",
  '{0} not allowed for "{1}" type mounts': "{0} geht nicht bei Mounts der Art {1}",
  "secret mount should not define sharing": "Ein Geheimnis hat kein sharing",
  "secret mount should not have a from": "Ein Geheimnis hat kein from",
  "unexpected key {0} for mount type {1}": "{0} gibt es nicht bei Mounts der Art {1}",
  "unexpected key {0} in {1}": "{0} in {1} gibt es nicht",
  "unsupported mount type {0}": "Mounts der Art {0} gibt es nicht",
  "runc run failed: unable to start container process: error during container init: error mounting {0} to rootfs at {1}: {2*}":
    "Der Mount der Art {0} ist bei {1} nicht möglich: {2*}",
  "{0} cannot be mounted because it is inside /proc":
    "{0} liegt in /proc, und was dort steht, sagt der Kernel: Ein Mount darf es nicht verdecken. Nimm ein anderes target",
  "{0} cannot be mounted because it is not of type proc":
    "{0} ist da, wo der Kernel über Prozesse Auskunft gibt: Ein anderer Mount darf das nicht verdecken. Nimm ein anderes target",
  "unsupported sharing value {0}": "sharing={0} gibt es nicht",
  "{0}: no such file or directory in the image": "{0}: Im Image ist keine solche Datei",
  "secret {0}: not found": "Das Geheimnis {0} wurde nicht gegeben",
  "unset ssh forward key {0}": "Der SSH-Agent {0} wurde nicht gegeben",
  "the build was cancelled": "Der Build wurde abgebrochen",
};
