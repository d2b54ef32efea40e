/** A system call to be tried by root in a container, with its numbers on both architectures. */
export interface SystemCall {
  name: string;
  /** what it would do */
  attack: string;
  /** x64, arm64; of some there is only one */
  number: readonly [number | undefined, number | undefined];
  /** Perl expressions */
  args: string;
  /** errno(3), by number */
  refused: readonly number[];
}

export const errno = { EPERM: 1, ENOENT: 2, ESRCH: 3, EBADF: 9, EACCES: 13, EINVAL: 22, ENOSYS: 38, EAFNOSUPPORT: 97 };
const { EPERM, ENOSYS, EAFNOSUPPORT, ESRCH } = errno;

/** Flags of clone(2). */
const newUser = 0x10000000;
const newNamespace = 0x20000;

/** By the filter for system calls, or because the user namespace has no power there (man pages, section 2). */
export const systemCalls: readonly SystemCall[] = [
  {
    name: "mount",
    attack: "mounts a file system",
    number: [165, 40],
    args: `"none\\0","/mnt\\0","tmpfs\\0",0,"\\0"`,
    refused: [EPERM],
  },
  {
    name: "umount2",
    attack: "uncovers a masked path",
    number: [166, 39],
    args: `"/proc/kcore\\0",2`,
    refused: [EPERM],
  },
  { name: "pivot_root", attack: "changes its root", number: [155, 41], args: `"/mnt\\0","/mnt\\0"`, refused: [EPERM] },
  { name: "fsopen", attack: "mounts by the new calls", number: [430, 430], args: `"tmpfs\\0",0`, refused: [EPERM] },
  { name: "open_tree", attack: "clones a mount", number: [428, 428], args: `-100,"/\\0",1`, refused: [EPERM] },
  {
    name: "move_mount",
    attack: "moves a mount",
    number: [429, 429],
    args: `-100,"/proc\\0",-100,"/mnt\\0",0`,
    refused: [EPERM],
  },
  {
    name: "mount_setattr",
    attack: "makes a mount writable",
    number: [442, 442],
    args: `-100,"/proc/sys\\0",0,"\\0"x32,32`,
    refused: [EPERM],
  },
  {
    name: "unshare, user namespace",
    attack: "gets all capabilities anew",
    number: [272, 97],
    args: String(newUser),
    refused: [EPERM],
  },
  {
    name: "unshare, mount namespace",
    attack: "gets mounts of its own",
    number: [272, 97],
    args: String(newNamespace),
    refused: [EPERM],
  },
  {
    name: "clone, user namespace",
    attack: "gets all capabilities anew",
    number: [56, 220],
    args: `${newUser}|17,0,0,0,0`,
    refused: [EPERM],
  },
  {
    name: "clone3",
    attack: "hides flags from the filter",
    number: [435, 435],
    args: `pack("Q8",${newUser},0,0,0,17,0,0,0),64`,
    refused: [ENOSYS],
  },
  { name: "setns", attack: "enters another namespace", number: [308, 268], args: `3,0`, refused: [EPERM] },
  {
    name: "open_by_handle_at",
    attack: "opens the machine's files by their inodes",
    number: [304, 265],
    args: `3,pack("IiQ",8,1,2),0`,
    refused: [EPERM],
  },
  {
    name: "add_key",
    attack: "puts a key into a keyring that others share",
    number: [248, 217],
    args: `"user\\0","x\\0","y\\0",1,-4`,
    refused: [EPERM],
  },
  {
    name: "request_key",
    attack: "finds a key of others",
    number: [249, 218],
    args: `"user\\0","x\\0",0,0`,
    refused: [EPERM],
  },
  { name: "keyctl", attack: "joins and reads keyrings", number: [250, 219], args: `0,-3,1`, refused: [EPERM] },
  {
    name: "bpf",
    attack: "loads a program into the kernel",
    number: [321, 280],
    args: `0,"\\0"x128,128`,
    refused: [EPERM],
  },
  {
    name: "perf_event_open",
    attack: "watches the machine's processors",
    number: [298, 241],
    args: `"\\0"x128,-1,0,-1,0`,
    refused: [EPERM],
  },
  { name: "syslog", attack: "reads the kernel's log", number: [103, 116], args: `3,"\\0"x4096,4096`, refused: [EPERM] },
  { name: "kexec_load", attack: "starts another kernel", number: [246, 104], args: `0,0,0,0`, refused: [EPERM] },
  { name: "init_module", attack: "loads a module", number: [175, 105], args: `"\\0"x64,64,"\\0"`, refused: [EPERM] },
  {
    name: "finit_module",
    attack: "loads a module from a file",
    number: [313, 273],
    args: `0,"\\0",0`,
    refused: [EPERM],
  },
  { name: "delete_module", attack: "removes a module", number: [176, 106], args: `"overlay\\0",0`, refused: [EPERM] },
  {
    name: "reboot",
    attack: "reboots the machine",
    number: [169, 142],
    args: `0xfee1dead,672274793,0,0`,
    refused: [EPERM],
  },
  { name: "swapon", attack: "gives the machine swap", number: [167, 224], args: `"/swap\\0",0`, refused: [EPERM] },
  { name: "swapoff", attack: "takes the machine's swap", number: [168, 225], args: `"/swap\\0"`, refused: [EPERM] },
  {
    name: "settimeofday",
    attack: "sets the clock of all",
    number: [164, 170],
    args: `pack("qq",0,0),0`,
    refused: [EPERM],
  },
  {
    name: "clock_settime",
    attack: "sets the clock of all",
    number: [227, 112],
    args: `0,pack("qq",0,0)`,
    refused: [EPERM],
  },
  {
    name: "clock_adjtime",
    attack: "bends the clock of all",
    number: [305, 266],
    args: `0,pack("Iqqqqiqqqqqqiqqqqqi",2,1000000,(0)x17)."\\0"x64`,
    refused: [EPERM],
  },
  { name: "acct", attack: "has the kernel write a file", number: [163, 89], args: `"/log\\0"`, refused: [EPERM] },
  {
    name: "quotactl",
    attack: "changes quotas",
    number: [179, 60],
    args: `0x80000200,"/dev/sda\\0",0,0`,
    refused: [EPERM],
  },
  { name: "sethostname", attack: "renames the machine", number: [170, 161], args: `"evil\\0",4`, refused: [EPERM] },
  { name: "iopl", attack: "speaks to devices directly", number: [172, undefined], args: `3`, refused: [EPERM] },
  { name: "ioperm", attack: "speaks to devices directly", number: [173, undefined], args: `0,1,1`, refused: [EPERM] },
  {
    name: "userfaultfd",
    attack: "stops the kernel in the middle of a copy",
    number: [323, 282],
    args: `0`,
    refused: [EPERM],
  },
  {
    name: "io_uring_setup",
    attack: "has calls made that no filter sees",
    number: [425, 425],
    args: `8,"\\0"x128`,
    refused: [EPERM],
  },
  { name: "fanotify_init", attack: "watches a file system of all", number: [300, 262], args: `0,0`, refused: [EPERM] },
  {
    name: "personality",
    attack: "takes randomness out of addresses",
    number: [135, 92],
    args: `0x0040000`,
    refused: [EPERM],
  },
  {
    name: "socket, vsock",
    attack: "speaks to the hypervisor",
    number: [41, 198],
    args: `40,1,0`,
    refused: [EPERM, EAFNOSUPPORT],
  },
  {
    name: "socket, vsock with a bit that the kernel passes over",
    attack: "speaks to the hypervisor",
    number: [41, 198],
    args: `40+2**32,1,0`,
    refused: [EPERM],
  },
  {
    name: "socket, XDP",
    attack: "takes memory that is on nobody's account",
    number: [41, 198],
    args: `44,3,0`,
    refused: [EPERM],
  },
  {
    name: "socket, AF_ALG",
    attack: "loads ciphers of the kernel's",
    number: [41, 198],
    args: `38,5,0`,
    refused: [EPERM],
  },
  { name: "socketpair, TIPC", attack: "loads a network", number: [53, 199], args: `30,1,0,$b`, refused: [EPERM] },
  ...[5, 13, 5 + 2 ** 32].map((option) => ({
    name: `setsockopt, a ring of packets (${option})`,
    attack: "takes memory that is on nobody's account",
    number: [54, 208] as const,
    args: `(socket(S,17,3,0),fileno(S))[1],263,${option},pack("I4",4096,1,2048,2),16`,
    refused: [EPERM],
  })),
  {
    name: "setsockopt, PACKET_ADD_MEMBERSHIP",
    attack: "has the kernel remember addresses without end",
    number: [54, 208],
    args: `(socket(S,17,3,0),fileno(S))[1],263,1,pack("i S S C8",1,0,6,1),16`,
    refused: [EPERM],
  },
  {
    name: "setsockopt, PACKET_FANOUT",
    attack: "has the kernel make a table of half a megabyte for each socket",
    number: [54, 208],
    args: `(socket(S,17,2,768),fileno(S))[1],263,18,pack("S S L",1,0,65535),8`,
    refused: [EPERM],
  },
  ...[14, 32].map((option) => ({
    name: `setsockopt, a key for signed TCP (${option})`,
    attack: "has the kernel remember keys without end",
    number: [54, 208] as const,
    args: `(socket(S,2,1,0),fileno(S))[1],6,${option},pack("S n C4 x120 C C S i a80",2,0,10,0,0,1,0,0,80,0,"x"x80),216`,
    refused: [EPERM],
  })),
  {
    name: "fcntl, F_SETLEASE",
    attack: "has drydockd wait for a file",
    number: [72, 25],
    args: `0,1024,0`,
    refused: [EPERM],
  },
  {
    name: "fcntl, F_SETLEASE with a bit that the kernel passes over",
    attack: "has drydockd wait for a file",
    number: [72, 25],
    args: `0,1024+2**32,0`,
    refused: [EPERM],
  },
  {
    name: "x32 unshare",
    attack: "evades the filter by another table of calls",
    number: [0x40000000 + 272, undefined],
    args: String(newUser),
    refused: [EPERM, ENOSYS],
  },
  {
    name: "process_vm_readv",
    attack: "reads drydockd's memory",
    number: [310, 270],
    args: `$ENV{HOST_PID}+0,pack("PQ",$b,8),1,pack("QQ",4194304,8),1,0`,
    refused: [ESRCH, EPERM],
  },
  {
    name: "ptrace",
    attack: "attaches to drydockd",
    number: [101, 117],
    args: `16,$ENV{HOST_PID}+0,0,0`,
    refused: [ESRCH, EPERM],
  },
  { name: "kill", attack: "kills drydockd", number: [62, 129], args: `$ENV{HOST_PID}+0,9`, refused: [ESRCH] },
];

/** A Perl program that tries each in a process of its own and prints `<index> <errno, 0 for success, or sig>` a line. */
export function tryAll(calls: readonly SystemCall[], arch: string): string {
  const tries = calls.flatMap(({ number: [x64, arm64], args }, index) => {
    const number = arch === "arm64" ? arm64 : x64;
    return number === undefined ? [] : [`t(${index},sub{my @a=(${args});syscall(${number},@a)});`];
  });
  const t =
    'sub t{my($i,$f)=@_;my $p=fork;if(!$p){$!=0;my $r=$f->();printf "%d %d\\n",$i,$r==-1?$!+0:0;$|=1;exit}waitpid $p,0;printf "%d sig\\n",$i if $?&127}';
  return `$|=1;our $b="12345678";open(my $h,"<","/proc/self/ns/net");${t}${tries.join("")}`;
}
