/** Why a step ran, or did not. */
export const reasons: Readonly<Record<string, string>> = {
  "This step has not been built here before.": "Dieser Schritt wurde hier noch nicht gebaut.",
  "It was built before, but its result is no longer in the cache.":
    "Er wurde schon gebaut, aber sein Ergebnis ist nicht mehr im Cache.",
  "The base image is not the one that the last build had.": "Das Basis-Image ist ein anderes als beim letzten Build.",
  "The instruction was changed. In the last build it was: {0}":
    "Die Anweisung wurde geändert. Beim letzten Build war sie: {0}",
  "The working directory (WORKDIR) is not what it was in the last build.":
    "Das Arbeitsverzeichnis (WORKDIR) ist ein anderes als beim letzten Build.",
  "The user (USER) is not what it was in the last build.":
    "Der Benutzer (USER) ist ein anderer als beim letzten Build.",
  "A mount is not what it was in the last build.": "Ein Mount ist anders als beim letzten Build.",
  "The network is not what it was in the last build.": "Das Netz ist ein anderes als beim letzten Build.",
  "The host name is not what it was in the last build.":
    "Der Name der Maschine ist ein anderer als beim letzten Build.",
  "The value of the variable {0} changed since the last build.":
    "Der Wert der Variable {0} hat sich seit dem letzten Build geändert.",
  "The values of the variables {0} and {1} more changed since the last build.":
    "Die Werte der Variablen {0} und {1} weiterer haben sich seit dem letzten Build geändert.",
  "The values of the variables {0} changed since the last build.":
    "Die Werte der Variablen {0} haben sich seit dem letzten Build geändert.",
  "Files that it copies have changed.": "Dateien, die er kopiert, haben sich geändert.",
  "Since the last build: {0*} and {1} more.": "Seit dem letzten Build: {0*} und {1} weitere.",
  "Since the last build: {0*}.": "Seit dem letzten Build: {0*}.",
  "A step before it ran again, so what it builds on may be different.":
    "Ein Schritt davor lief noch einmal: Worauf er aufbaut, kann anders sein.",
  "{0*}, {1*}": "{0*}, {1*}",
  "the directory itself changed": "das Verzeichnis selbst geändert",
  "{0} changed": "{0} geändert",
  "{0} was added": "{0} hinzugekommen",
  "{0} was removed": "{0} entfernt",
  "The base image is on this machine.": "Das Basis-Image ist auf dieser Maschine.",
  "It is as it was in the build that this one goes on from.":
    "Er ist, wie er in dem Build war, von dem dieser weitergeht.",
  "It is as it was in the build that this one goes on from, with what was changed in a shell since.":
    "Er ist, wie er in dem Build war, von dem dieser weitergeht, mit dem, was seither in einer Shell geändert wurde.",
  "Nothing that it depends on has changed since it last ran.":
    "Nichts, wovon er abhängt, hat sich geändert, seit er zuletzt lief.",
  "The build was asked not to use the cache.": "Der Build sollte den Cache nicht benutzen.",
  "The build was asked for it.": "Der Build wurde darum gebeten.",
  "This step runs in every build.": "Dieser Schritt läuft bei jedem Build.",
  "The build ended here, before any step had run.": "Der Build endete hier, bevor ein Schritt lief.",
  "The image was not on this machine, or a newer one was asked for.":
    "Das Image war nicht auf dieser Maschine, oder es sollte ein neueres geholt werden.",
  "It failed: what it had changed is thrown away, and no layer is made.":
    "Er ist fehlgeschlagen: Was er geändert hatte, ist verworfen, und es entstand keine Schicht.",
  "It changes only the image's configuration: nothing runs, and no layer is made.":
    "Er ändert nur die Konfiguration des Images: Es läuft nichts, und es entsteht keine Schicht.",
  "It was not needed: what is made of it came from an imported cache.":
    "Er wurde nicht gebraucht: Was aus ihm entsteht, kam aus einem importierten Cache.",
  "The same step is done once for the whole build.": "Derselbe Schritt wird im ganzen Build nur einmal getan.",
};
