/**
 * System calls of Docker's default profile (docs.docker.com, "Seccomp security profiles for Docker"): those every
 * container may make, by subject, and those that come with a capability. Names that an architecture does not have are
 * skipped by libseccomp; io_uring is left out, as Docker does since version 25, and so is socketcall: what a 32-bit program
 * asks for by it is in its memory, where no filter looks.
 */
function names(text: string): string[] {
  return text.trim().split(/\s+/);
}

export const allowed: readonly string[] = [
  // Files and directories
  ...names(`open openat openat2 creat close close_range read write readv writev pread64 pwrite64 preadv pwritev preadv2
    pwritev2 lseek _llseek stat stat64 lstat lstat64 fstat fstat64 fstatat64 newfstatat statx statfs statfs64 fstatfs
    fstatfs64 access faccessat faccessat2 chmod fchmod fchmodat fchmodat2 chown chown32 lchown lchown32 fchown fchown32
    fchownat link linkat symlink symlinkat readlink readlinkat unlink unlinkat rename renameat renameat2 mkdir mkdirat
    rmdir mknod mknodat chdir fchdir getcwd getdents getdents64 truncate truncate64 ftruncate ftruncate64 fallocate
    fadvise64 fadvise64_64 readahead sync syncfs fsync fdatasync sync_file_range utime utimes utimensat utimensat_time64
    futimesat umask flock ioctl dup dup2 dup3 pipe pipe2 splice tee vmsplice sendfile sendfile64
    copy_file_range name_to_handle_at cachestat`),
  // Extended attributes
  ...names(`getxattr lgetxattr fgetxattr setxattr lsetxattr fsetxattr listxattr llistxattr flistxattr removexattr
    lremovexattr fremovexattr getxattrat setxattrat listxattrat removexattrat`),
  // Watching and waiting
  ...names(`select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create epoll_create1 epoll_ctl
    epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd signalfd4 inotify_init
    inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark`),
  // Asynchronous input and output
  ...names(`io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_pgetevents_time64 ioprio_get
    ioprio_set`),
  // Memory
  ...names(`brk mmap mmap2 munmap mremap mprotect madvise mincore msync mlock mlock2 mlockall munlock munlockall
    remap_file_pages memfd_create memfd_secret membarrier pkey_alloc pkey_free pkey_mprotect mseal map_shadow_stack`),
  // Processes and threads
  ...names(`fork vfork execve execveat exit exit_group wait4 waitid waitpid getpid getppid gettid getpgid getpgrp setpgid
    getsid setsid prctl kill tkill tgkill pidfd_open pidfd_send_signal process_mrelease set_tid_address
    set_thread_area get_thread_area set_robust_list get_robust_list rseq futex futex_time64 futex_waitv futex_wait
    futex_wake futex_requeue restart_syscall pause getcpu seccomp`),
  // Users, groups, capabilities
  ...names(`getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32 getresgid
    getresgid32 getgroups getgroups32 setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32 setresuid
    setresuid32 setresgid setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 setgroups setgroups32 capget capset`),
  // Signals
  ...names(`rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
    rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn`),
  // Scheduling and limits
  ...names(`sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam sched_setparam
    sched_getscheduler sched_setscheduler sched_get_priority_max sched_get_priority_min sched_rr_get_interval
    sched_rr_get_interval_time64 sched_yield getpriority setpriority getrlimit ugetrlimit setrlimit prlimit64
    getrusage times`),
  // Time
  ...names(`time gettimeofday nanosleep alarm getitimer setitimer adjtimex clock_adjtime clock_adjtime64 clock_getres
    clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 timer_create timer_delete
    timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
    timerfd_gettime64 timerfd_settime timerfd_settime64`),
  // Network
  ...names(`bind listen accept accept4 connect shutdown getsockname getpeername getsockopt send sendto sendmsg sendmmsg recv
    recvfrom recvmsg recvmmsg recvmmsg_time64`),
  // System V and POSIX inter-process communication
  ...names(`ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget
    mq_open mq_unlink mq_notify mq_getsetattr mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64`),
  // Restricting oneself, and the rest
  ...names("landlock_create_ruleset landlock_add_rule landlock_restrict_self uname sysinfo getrandom"),
];

/** Tracing is confined to the container's own processes since Linux 4.8, where ptrace no longer bypasses seccomp. */
export const tracing: readonly string[] = names("ptrace process_vm_readv process_vm_writev");

/** Only on some architectures. */
export const byArchitecture: Record<"x64" | "arm64", readonly string[]> = {
  x64: names("arch_prctl modify_ldt"),
  arm64: names("arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls"),
};

/** Allowed to a container that was given the capability. */
export const byCapability: Record<string, readonly string[]> = {
  CAP_DAC_READ_SEARCH: names("open_by_handle_at"),
  CAP_NET_ADMIN: names("setsockopt"),
  CAP_SYS_ADMIN: names(`bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr
    move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2
    unshare`),
  CAP_SYS_BOOT: names("reboot"),
  CAP_SYS_CHROOT: names("chroot"),
  CAP_SYS_MODULE: names("delete_module init_module finit_module"),
  CAP_SYS_PACCT: names("acct"),
  CAP_SYS_PTRACE: names("kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"),
  CAP_SYS_RAWIO: names("iopl ioperm"),
  CAP_SYS_TIME: names("settimeofday stime clock_settime clock_settime64"),
  CAP_SYS_TTY_CONFIG: names("vhangup"),
  CAP_SYS_NICE: names("get_mempolicy mbind set_mempolicy set_mempolicy_home_node"),
  CAP_SYSLOG: names("syslog"),
  CAP_BPF: names("bpf"),
  CAP_PERFMON: names("perf_event_open"),
};
