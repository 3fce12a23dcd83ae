/* A container from calls of the kernel, ip(8) and nft(8): cc -o byhand byhand.c && ./byhand ROOTFS COMMAND... */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OWN (CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUSER)
#define HARD (MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define KEPT 0xa80425fbULL /* the fourteen capabilities that Docker leaves */
#ifdef __x86_64__
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif
#define MUST(call) ((call) == -1 ? err(1, "%s", #call) : (void)0)

static const char *const NAMES[] = {"memory", "pids", "cpu"};
static int self, passed_to;
static char places[3][256], network[32];

/* Text of a format, in one of a few buffers: enough for what one line needs. */
static char *f(const char *format, ...) {
    static char texts[8][1024], *text;
    static int next;
    va_list values;
    va_start(values, format);
    vsnprintf(text = texts[next++ % 8], sizeof texts[0], format, values);
    va_end(values);
    return text;
}

static int put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int done = fd < 0 ? -1 : (int)write(fd, text, strlen(text));
    close(fd);
    return done;
}

static char *got(const char *path) {
    static char text[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    return text;
}

static int shell(const char *command) { return system(f("{ %s; } >/dev/null 2>&1", command)); }

static void pass_on(int number) { kill(passed_to, number); }

static void passing_on(int child) {
    passed_to = child;
    for (int i = 0; i < 3; i++) signal((int[]){SIGTERM, SIGINT, SIGHUP}[i], pass_on);
}

/* Where this process is in the hierarchy of a subsystem of v1, or in v2's ("", which has no name there). */
static char *own(const char *name) {
    for (char *line = strtok(got("/proc/self/cgroup"), "\n"); line; line = strtok(NULL, "\n")) {
        char *list = strchr(line, ':') + 1, *path = strchr(list, ':');
        if (strstr(f(",%.*s,", (int)(path - list), list), f(",%s,", name))) return path + 1;
    }
    return "";
}

/* Where this user may make a cgroup, in v2 and in v1. */
static void find_places(void) {
    int v2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
    for (int i = 0; i < (v2 ? 1 : 3); i++) {
        const char *top = f("/sys/fs/cgroup/%s", v2 ? "" : NAMES[i]);
        snprintf(places[i], sizeof places[i], "%s%s", top, access(top, W_OK) ? own(v2 ? "" : NAMES[i]) : "");
        if (access(places[i], W_OK)) *places[i] = 0;
    }
}

/* While there are containers v2 gives on what it did not, and an empty cgroup marks it: the last one takes it back. */
static void share(void) {
    int lock = open(places[0], O_RDONLY | O_CLOEXEC);
    int used = flock(lock, LOCK_EX) == 0 && shell(f("ls -d %s/by-hand-[0-9]*", places[0])) == 0;
    for (int i = 0; i < 3 && !(used && shell(f("cd %s; cat cgroup.type && grep . cgroup.procs", *places)) == 0); i++) {
        char *file = f("%s/cgroup.subtree_control", places[0]), *mark = f("%s/by-hand-gives-%s", places[0], NAMES[i]);
        if (used ? shell(f("grep -w %s %s", NAMES[i], file)) == 0 : access(mark, F_OK) != 0) continue;
        if (put(file, f("%c%s", used ? '+' : '-', NAMES[i])) > 0) used ? mkdir(mark, 0755) : rmdir(mark);
    }
    close(lock);
}

static void limit(int child) {
    const char *limits[][2] = {{"memory.max", "64M"}, {"memory.limit_in_bytes", "64M"}, {"pids.max", "20"},
                               {"cpu.max", "50000"}, {"cpu.cfs_quota_us", "50000"}};
    for (int i = 0; i < 3; i++) {
        if (!*places[i]) continue;
        MUST(mkdir(f("%s/by-hand-%d", places[i], self), 0755));
        share();
        for (int k = 0; k < 5; k++) put(f("%s/by-hand-%d/%s", places[i], self, limits[k][0]), limits[k][1]);
        MUST(put(f("%s/by-hand-%d/cgroup.procs", places[i], self), f("%d", child)));
    }
}

/* Take away what does not go with the last process. The parent does it, or the other, whichever is alive. */
static void clean(void) {
    shell(f("nft delete table ip by-hand-%d", self));
    for (int i = 0; i < 3; i++)
        while (*places[i] && rmdir(f("%s/by-hand-%d", places[i], self)) && errno == EBUSY) {
            char *rest = got(f("%s/by-hand-%d/cgroup.procs", places[i], self));
            for (char *pid = strtok(rest, "\n"); pid; pid = strtok(NULL, "\n"))
                if (atoi(pid) > 0) kill(atoi(pid), SIGKILL);
            usleep(10000);
        }
    share();
}

static void lose_privileges(void) {
    const char *read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
    const char *masked[] = {"/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/interrupts"};
    for (int i = 0; i < 5; i++)
        if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) == 0)
            MUST(mount(NULL, read_only[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | HARD, NULL));
    for (int i = 0; i < 4; i++)
        if (access(masked[i], F_OK) == 0) MUST(mount("/dev/null", masked[i], NULL, MS_BIND, NULL));
    for (int bit = 0; prctl(PR_CAPBSET_READ, bit, 0, 0, 0) >= 0; bit++)
        if (!(KEPT >> bit & 1)) MUST(prctl(PR_CAPBSET_DROP, bit, 0, 0, 0));
    struct __user_cap_data_struct sets[2] = {{(__u32)KEPT, (__u32)KEPT, 0}, {0, 0, 0}};
    MUST(syscall(SYS_capset, &(struct __user_cap_header_struct){_LINUX_CAPABILITY_VERSION_3, 0}, sets));
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    const int denied[] = {SYS_mount, SYS_umount2, SYS_pivot_root, SYS_setns, SYS_unshare, SYS_keyctl, SYS_bpf,
                          SYS_ptrace, SYS_open_by_handle_at, SYS_userfaultfd, SYS_perf_event_open, SYS_clone3};
    enum { N = sizeof denied / sizeof *denied };
    struct sock_filter rules[2 * N + 6] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), /* the numbers are another architecture's */
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~(1U << 30))}; /* x32 has the same calls, with this bit */
    for (int i = 0; i < N; i++) {
        int answer = denied[i] == SYS_clone3 ? ENOSYS : EPERM; /* who hears ENOSYS uses clone() */
        rules[2 * i + 5] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (__u32)denied[i], 0, 1);
        rules[2 * i + 6] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (__u32)answer);
    }
    rules[2 * N + 5] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &(struct sock_fprog){2 * N + 6, rules}));
}

static void own_root(void) {
    const char *devices[] = {"null", "zero", "full", "random", "urandom", "tty"};
    MUST(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL));
    MUST(mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID, NULL));
    for (int i = 0; i < 3; i++) MUST(mkdir((char *[]){"/tmp/upper", "/tmp/work", "/tmp/root"}[i], 0755));
    MUST(mount("overlay", "/tmp/root", "overlay", 0, "lowerdir=.,upperdir=/tmp/upper,workdir=/tmp/work"));
    MUST(chdir("/tmp/root"));
    MUST(mount(".", "/tmp", NULL, MS_BIND | MS_REC, NULL));
    MUST(mount("tmpfs", "/tmp/dev", "tmpfs", MS_NOSUID, "mode=0755"));
    for (int i = 0; i < 6; i++) {
        close(open(f("/tmp/dev/%s", devices[i]), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
        MUST(mount(f("/dev/%s", devices[i]), f("/tmp/dev/%s", devices[i]), NULL, MS_BIND, NULL));
    }
    MUST(chdir("/tmp"));
    MUST(syscall(SYS_pivot_root, ".", "."));
    MUST(mount("proc", "/proc", "proc", HARD, NULL));
    MUST(umount2(".", MNT_DETACH));
}

static int ended(int pid) {
    int status = 0, each;
    while ((each = wait(&status)) != pid)
        if (each == -1 && errno != EINTR) err(1, "wait");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The first process: it builds its world, starts the command, hands signals on and reaps who is left to it. */
static int inside(int begins, char **command) {
    char word;
    MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
    if (read(begins, &word, 1) != 1) return 1; /* the parent has ended first */
    if (getuid() != 0 && (setgroups(0, NULL) || setresgid(0, 0, 0) || setresuid(0, 0, 0))) err(1, "ids");
    MUST(prctl(PR_SET_PDEATHSIG, SIGKILL)); /* with another uid the kernel has forgotten it */
    MUST(sethostname("by-hand", 7));
    shell(f("PATH=$PATH:/sbin:/usr/sbin; ip link set lo up; ip address add %s.2/24 dev eth0; ip link set eth0 up;"
            "ip route add default via %s.1", network, network));
    MUST(unshare(CLONE_NEWCGROUP));
    own_root(), lose_privileges();
    passing_on(-1); /* to all in here, until the command is known */
    int child = fork();
    if (child == 0) {
        clearenv(), putenv("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        execvpe(command[0], command, (char *[]){getenv("PATH") - 5, "HOME=/root", "TERM=xterm", NULL});
        err(errno == ENOENT ? 127 : 126, "%s", command[0]);
    }
    return passing_on(child), ended(child);
}

int main(int argc, char **argv) {
    int go[2], uid = (int)geteuid(), gid = (int)getegid();
    if (argc < 3) errx(2, "usage: byhand ROOTFS COMMAND...");
    self = getpid();
    snprintf(network, sizeof network, "10.%d.%d", self / 250 % 200 + 20, self % 250);
    MUST(chdir(argv[1]));
    find_places();
    int watched = (int)syscall(SYS_pidfd_open, self, 0), other = fork();
    if (other == 0) {
        setsid();
        while (poll(&(struct pollfd){watched, POLLIN, 0}, 1, -1) < 0) continue;
        return clean(), usleep(250000), clean(), 0; /* again: an nft of the killed one may have been at it still */
    }
    MUST(pipe2(go, O_CLOEXEC));
    int child = (int)syscall(SYS_clone, OWN | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) return close(go[1]), inside(go[0], argv + 2);
    MUST(child);
    if (shell(f("ip link add by-hand%d type veth peer name eth0 netns %d && ip address add %s.1/24 dev by-hand%d && "
                "ip link set by-hand%d up", child, child, network, child, child)) == 0)
        shell(f("nft 'table ip by-hand-%d { chain out { type nat hook postrouting priority 100; "
                "ip saddr %s.0/24 masquerade; }; }'", self, network));
    int many = uid == 0 && strtoul(strrchr(got("/proc/self/uid_map"), ' '), NULL, 10) > 1 << 18;
    MUST(put(f("/proc/%d/setgroups", child), many ? "allow" : "deny"));
    MUST(put(f("/proc/%d/uid_map", child), many ? "0 131072 65536" : f("0 %d 1", uid)));
    MUST(put(f("/proc/%d/gid_map", child), many ? "0 131072 65536" : f("0 %d 1", gid)));
    limit(child), passing_on(child);
    MUST(write(go[1], ".", 1));
    int status = ended(child);
    return clean(), kill(other, SIGKILL), status;
}
