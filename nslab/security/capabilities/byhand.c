// What root is made of. Prints, for each question: before | inside | after.
// Build and run:  cc -o capabilities capabilities.c && ./capabilities
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef unsigned long long Set;
#define BIT(capability) (1ULL << (capability))

static void check(long result, const char *what) {
    if (result == -1) {
        perror(what);
        exit(1);
    }
}

static const char *answer(long result) { return result == -1 ? strerrorname_np(errno) : "ok"; }

static void put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY);
    check(fd, path);
    check(write(fd, text, strlen(text)), path);
    close(fd);
}

// Enter a user namespace in which this process is uid `inside`, with the other namespaces in `flags` for it to own.
static void enter(int inside, int flags) {
    char map[32];
    unsigned uid = geteuid(), gid = getegid();
    check(unshare(CLONE_NEWUSER | flags), "unshare");
    put("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "%d %u 1", inside, uid);
    put("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "%d %u 1", inside, gid);
    put("/proc/self/gid_map", map);
}

// glibc has no functions for these two: libcap has.
static long set_to(Set effective, Set permitted, Set inheritable) {
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct both[2] = {{effective, permitted, inheritable},
                                             {effective >> 32, permitted >> 32, inheritable >> 32}};
    return syscall(SYS_capset, &head, both);
}

static Set permitted(void) {
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct both[2];
    check(syscall(SYS_capget, &head, both), "capget");
    return both[0].permitted | (Set)both[1].permitted << 32;
}

static long bind_to(int port) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
    int s = socket(AF_INET, SOCK_STREAM, 0), result;
    check(s, "socket");
    result = bind(s, (void *)&here, sizeof here);
    close(s);
    return result;
}

static const char *try(int which) {
    char name[65];
    switch (which) {
    case CAP_SYS_CHROOT:
        return answer(chroot("/"));
    case CAP_NET_RAW:
        return answer(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    case CAP_NET_BIND_SERVICE:
        return answer(bind_to(@port@));
    default:
        check(gethostname(name, sizeof name), "gethostname");
        return answer(sethostname(name, strlen(name)));
    }
}

// What the effective set is in another program: how many, or the name of the only one.
static const char *after_exec(const char *program) {
    static char text[64];
    int out[2];
    check(pipe(out), "pipe");
    if (fork() == 0) {
        dup2(out[1], 1);
        execlp(program, program, "-n", "s/^CapEff:.//p", "/proc/self/status", NULL);
        _exit(1);
    }
    close(out[1]);
    ssize_t n = read(out[0], text, sizeof text - 1);
    check(n, "read");
    text[n] = 0;
    close(out[0]);
    wait(NULL);
    Set bits = strtoull(text, NULL, 16);
    if (bits == BIT(CAP_NET_BIND_SERVICE))
        return "CAP_NET_BIND_SERVICE";
    if (bits == 0)
        return "none";
    snprintf(text, sizeof text, "%d", __builtin_popcountll(bits));
    return text;
}

// Run a question in a process of its own, in namespaces of its own, as uid 0 or 1000 there, with all capabilities.
#define AS(uid) for (int asked = ask(uid); asked; _exit(0))
static int ask(int uid) {
    fflush(stdout);
    pid_t child = fork();
    check(child, "fork");
    if (child) {
        waitpid(child, NULL, 0);
        return 0;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    enter(0, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS);
    if (uid) {
        check(mount("nslab", "/mnt", "tmpfs", 0, NULL), "mount");
        check(system("cp $(command -v sed) /mnt/reader"), "cp");
        // struct vfs_cap_data: revision 2 and the flag of what is in effect, then two halves of two sets.
        unsigned value[5] = {0x02000001, BIT(CAP_NET_BIND_SERVICE)};
        check(syscall(SYS_setxattr, "/mnt/reader", "security.capability", value, sizeof value, 0), "setxattr");
        check(system("cp /mnt/reader /mnt/copy"), "cp");
        enter(uid, CLONE_NEWNET | CLONE_NEWUTS);
    }
    return 1;
}

int main(void) {
    static const struct {
        int capability;
        const char *name, *call;
    } tried[] = {
        {CAP_SYS_CHROOT, "CAP_SYS_CHROOT", "chroot()"},
        {CAP_NET_RAW, "CAP_NET_RAW", "a raw socket"},
        {CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE", "bind() to a port below 1024"},
        {CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "sethostname()"},
    };
    for (int i = 0; i < 4; i++) {
        int which = tried[i].capability;
        AS(0) {
            Set every = permitted(), rest = every & ~BIT(which);
            const char *before = try(which);
            check(set_to(rest, every, 0), "capset");
            const char *inside = try(which);
            check(set_to(every, every, 0), "capset");
            printf("%s by uid 0 without %s: %s | %s | %s\n", tried[i].call, tried[i].name, before, inside, try(which));
        }
        AS(1000) {
            check(set_to(0, BIT(which), 0), "capset");
            const char *before = try(which);
            check(set_to(BIT(which), BIT(which), 0), "capset");
            const char *inside = try(which);
            check(set_to(0, BIT(which), 0), "capset");
            printf("%s by uid 1000 with %s alone: %s | %s | %s\n", tried[i].call, tried[i].name, before, inside, try(which));
        }
    }
    AS(0) {
        Set every = permitted(), rest = every & ~BIT(CAP_SYS_CHROOT);
        check(set_to(rest, rest, 0), "capset");
        printf("capset() to put CAP_SYS_CHROOT back: not asked | %s | not asked\n", answer(set_to(every, every, 0)));
    }
    AS(0) {
        check(prctl(PR_CAPBSET_DROP, CAP_SYS_CHROOT, 0, 0, 0), "prctl");
        printf("chroot() once CAP_SYS_CHROOT is out of the bounding set: not asked | %s | not asked\n", try(CAP_SYS_CHROOT));
        printf("capabilities of uid 0 after execve(): not asked | %s | not asked\n", after_exec("sed"));
    }
    AS(0) {
        check(set_to(0, 0, 0), "capset");
        printf("capabilities of uid 0 that has laid all of them down, after execve(): not asked | %s | not asked\n",
               after_exec("sed"));
    }
    AS(1000) {
        Set one = BIT(CAP_NET_BIND_SERVICE);
        check(set_to(one, one, one), "capset");
        printf("capabilities of uid 1000 after execve(): %s | ", after_exec("sed"));
        check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0), "prctl");
        printf("%s | ", after_exec("sed"));
        check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "prctl");
        printf("%s\n", after_exec("sed"));
    }
    AS(1000) {
        check(set_to(0, 0, 0), "capset");
        printf("capabilities of uid 1000 in a program whose file has CAP_NET_BIND_SERVICE: %s | ", after_exec("sed"));
        printf("%s | ", after_exec("/mnt/reader"));
        printf("%s\n", after_exec("sed"));
        printf("capabilities in a copy of that file: not asked | %s | not asked\n", after_exec("/mnt/copy"));
        check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
        printf("capabilities of uid 1000 from a file that has CAP_NET_BIND_SERVICE: not asked | %s | not asked\n",
               after_exec("/mnt/reader"));
        printf("prctl() to undo it: not asked | %s | not asked\n", answer(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0)));
    }
}
