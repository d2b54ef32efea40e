/** Why a policy refuses something, and what to do instead, in German: as the engine's sentences in engine.ts. */
export const policy: Readonly<Record<string, string>> = {
  '{0*} is not allowed here (rule "{1}" of the {2} policy): {3*}':
    '{0*} ist hier nicht erlaubt (Regel "{1}" der Richtlinie {2}): {3*}',
  'Reaching {0} is not allowed here (rule "{1}" of your policy): it is on the host\'s own network, where things answer that are not meant for guests. Use what is on the Internet, or ask the operator to allow it':
    '{0} zu erreichen ist hier nicht erlaubt (Regel "{1}" deiner Richtlinie): Es ist im Netz der Maschine, wo Dinge antworten, die nicht für Gäste gedacht sind. Nimm, was im Internet ist, oder bitte den Betreiber, es zu erlauben',
  "Mounting {0}": "{0} einzuhängen",
  "Fetching from {0}": "Von {0} zu holen",
  "Reaching the registry {0}": "Die Registry {0} zu erreichen",
  "The subnet {0}": "Das Subnetz {0}",
  "A volume of the driver {0}": "Ein Volume des Treibers {0}",
  "Installing a plugin": "Ein Plugin zu installieren",
  "a privileged container has every capability and sees the machine's devices, so it could take over the machine that others share. Leave it out: building images, and docker itself in the workstation, work without it.":
    "Ein privilegierter Container hat alle Capabilities und sieht die Geräte der Maschine: Er könnte die Maschine übernehmen, die andere mitbenutzen. Lass es weg: Images zu bauen, und docker selbst in der Workstation, geht ohne.",
  "without a namespace of its own the container would see {0*}. {1*}":
    "Ohne eigenen Namespace sähe der Container {0*}. {1*}",
  "the machine's network interfaces and every service listening on them":
    "die Netzschnittstellen der Maschine und jeden Dienst, der an ihnen lauscht",
  "every process of the machine": "alle Prozesse der Maschine",
  "the machine's shared memory": "den gemeinsamen Speicher der Maschine",
  "the machine's host name": "den Namen der Maschine",
  "the machine's user ids, so root inside would be root outside":
    "die Benutzer-Ids der Maschine, und root wäre auch draußen root",
  "the machine's control groups": "die Control Groups der Maschine",
  "Publish a port with -p, or put containers on one network with --network.":
    "Veröffentliche einen Port mit -p, oder setze Container mit --network in ein Netz.",
  "Use --pid container:<name> to see another of your containers.":
    "Mit --pid container:<Name> siehst du einen anderen deiner Container.",
  "Use --ipc container:<name> to share memory between your containers.":
    "Mit --ipc container:<Name> teilen deine Container Speicher.",
  "Use --hostname to name your container.": "Mit --hostname gibst du deinem Container einen Namen.",
  "Leave it out: root inside the container is an ordinary user outside.":
    "Lass es weg: root im Container ist draußen ein gewöhnlicher Benutzer.",
  "Leave it out: the container has a view of its own.": "Lass es weg: Der Container hat seine eigene Sicht.",
  "a device is part of the machine, not of your container. The usual ones (/dev/null, /dev/zero, /dev/random, /dev/tty) are there without asking.":
    "Ein Gerät gehört zur Maschine, nicht zu deinem Container. Die üblichen (/dev/null, /dev/zero, /dev/random, /dev/tty) sind ohnehin da.",
  "the capability opens parts of the kernel that are shared with others. These can be added: {0}.":
    "Die Capability öffnet Teile des Kernels, den andere mitbenutzen. Hinzufügen lassen sich: {0}.",
  "a process in real time goes before everything else on the machine, and no share of the processors holds it back. Leave it out; --cpu-shares says which of your own containers goes first.":
    "Ein Prozess in Echtzeit geht allem anderen auf der Maschine vor, und kein Anteil an den Prozessoren hält ihn auf. Lass es weg; mit --cpu-shares sagst du, welcher deiner Container zuerst dran ist.",
  "the default seccomp and AppArmor profiles keep a container away from dangerous system calls. Leave it out; no-new-privileges can be set, which confines further.":
    "Die Profile von seccomp und AppArmor halten einen Container von gefährlichen Systemaufrufen fern. Lass es weg; no-new-privileges geht, was weiter einschränkt.",
  "{0} tells or changes something of the machine that others share. Leave it out.":
    "{0} verrät oder ändert etwas an der Maschine, die andere mitbenutzen. Lass es weg.",
  "the setting is the kernel's own and would change for everybody. Settings of a container's own namespaces can be changed: {0}.":
    "Die Einstellung ist die des Kernels und gälte für alle. Ändern lassen sich die der eigenen Namespaces eines Containers: {0}.",
  "all your containers live under one control group, which holds your share of the machine. Use --memory, --cpus and --pids-limit to divide your share.":
    "Alle deine Container sind in einer Control Group, die deinen Anteil an der Maschine hat. Teile ihn mit --memory, --cpus und --pids-limit auf.",
  "who runs this playground chose the runtime that isolates its guests. Leave it out.":
    "Wer diesen Playground betreibt, hat die Runtime gewählt, die seine Gäste trennt. Lass es weg.",
  "annotations steer the runtime outside the container. Use --label to note something about a container.":
    "Annotationen steuern die Runtime außerhalb des Containers. Mit --label vermerkst du etwas zu einem Container.",
  "when memory runs out, the kernel would end somebody else's process in place of this one. Set --memory to what the container needs; a positive --oom-score-adj is allowed.":
    "Geht der Speicher aus, würde der Kernel statt dieses Prozesses den von jemand anderem beenden. Gib dem Container mit --memory, was er braucht; ein positives --oom-score-adj ist erlaubt.",
  "paths of the machine are not yours; a bind mount here means a path of your workstation, where /workspace is. Use a path under /workspace (-v /workspace/app:/src), or a named volume (-v data:/src).":
    "Pfade der Maschine sind nicht deine; ein Bind-Mount meint hier einen Pfad deiner Workstation, wo /workspace ist. Nimm einen Pfad unter /workspace (-v /workspace/app:/src), oder ein benanntes Volume (-v data:/src).",
  "mounts made in a container would appear outside of it. Leave it out (rprivate is the default).":
    "Was im Container eingehängt wird, erschiene draußen. Lass es weg (rprivate ist der Standard).",
  "from here only what the operator has listed can be reached, so that nothing is carried out or in unseen. Put the file into the workspace and COPY it, or ask the operator to list the host.":
    "Von hier ist nur zu erreichen, was der Betreiber aufgeführt hat, damit nichts ungesehen hinaus- oder hereinkommt. Lege die Datei in den Arbeitsbereich und nimm COPY, oder bitte den Betreiber, den Host aufzuführen.",
  "from here only what the operator has listed can be reached, so that nothing is carried out or in unseen. Use an image that is here (docker images), or ask the operator to list the registry.":
    "Von hier ist nur zu erreichen, was der Betreiber aufgeführt hat, damit nichts ungesehen hinaus- oder hereinkommt. Nimm ein Image, das hier ist (docker images), oder bitte den Betreiber, die Registry aufzuführen.",
  "the machine's own network and its devices are not for guests. Use a bridge network without a name for its device, and publish ports.":
    "Das Netz der Maschine und seine Geräte sind nicht für Gäste. Nimm ein Bridge-Netz ohne Namen für sein Gerät, und veröffentliche Ports.",
  "they can mount devices and directories of the machine. Create the volume without options; use --tmpfs for a file system in memory.":
    "Sie können Geräte und Verzeichnisse der Maschine einhängen. Lege das Volume ohne Optionen an; --tmpfs gibt ein Dateisystem im Speicher.",
  "a plugin is a program that runs on the machine with its rights, for everybody. Use the drivers that there are: docker info names them.":
    "Ein Plugin ist ein Programm, das mit den Rechten der Maschine läuft, für alle. Nimm die Treiber, die es gibt: docker info nennt sie.",
  "such a driver is a program that runs on the machine with its rights, for everybody. Leave the driver out: a volume of the engine's own keeps files just as well.":
    "Ein solcher Treiber ist ein Programm, das mit den Rechten der Maschine läuft, für alle. Lass den Treiber weg: Ein Volume der Engine hält Dateien ebenso gut.",
  "it would take the real addresses from everybody on this machine. Choose a private block of /16 or smaller, such as 172.30.0.0/24 or fd00:1::/64.":
    "Es nähme allen auf dieser Maschine die wirklichen Adressen. Nimm einen privaten Block von höchstens /16, etwa 172.30.0.0/24 oder fd00:1::/64.",
  "what a container writes is kept here, and not sent elsewhere in the machine's name. Use {0}; docker logs shows what was written.":
    "Was ein Container schreibt, bleibt hier und geht nicht im Namen der Maschine anderswohin. Nimm {0}; docker logs zeigt, was geschrieben wurde.",
};
