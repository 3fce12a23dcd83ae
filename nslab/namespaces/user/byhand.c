// Root inside, nobody in particular outside. Prints: host before | inside | host after.
// Build and run:  cc -o user user.c && ./user
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void check(long result, const char *what) {
    if (result == -1) {
        perror(what);
        exit(1);
    }
}

static const char *answer(long result) { return result == -1 ? strerrorname_np(errno) : "ok"; }

static int put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY);
    if (fd == -1)
        return -1;
    long written = write(fd, text, strlen(text));
    close(fd);
    return written == -1 ? -1 : 0;
}

// Enter a user namespace in which this process is root.
static int become_root(void) {
    char map[32];
    unsigned uid = geteuid(), gid = getegid();
    if (unshare(CLONE_NEWUSER))
        return -1;
    check(put("/proc/self/setgroups", "deny"), "setgroups");
    snprintf(map, sizeof map, "0 %u 1", uid);
    check(put("/proc/self/uid_map", map), "uid_map");
    snprintf(map, sizeof map, "0 %u 1", gid);
    check(put("/proc/self/gid_map", map), "gid_map");
    return 0;
}

static int capabilities(void) {
    char line[256];
    unsigned long long bits = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, f))
        sscanf(line, "CapEff: %llx", &bits);
    fclose(f);
    return __builtin_popcountll(bits);
}

// Start a process in a user namespace that stays until it is killed; return its pid, and a descriptor of the namespace.
static pid_t sit(int *ns) {
    char path[64], c;
    int ready[2];
    check(pipe(ready), "pipe");
    pid_t child = fork();
    if (child == 0) {
        check(become_root(), "unshare");
        check(write(ready[1], "!", 1), "write");
        pause();
    }
    check(read(ready[0], &c, 1), "read");
    snprintf(path, sizeof path, "/proc/%d/ns/user", child);
    *ns = open(path, O_RDONLY);
    check(*ns, path);
    return child;
}

int main(void) {
    struct stat s;
    if (geteuid() == 0) {
        // Root becomes an ordinary user first, so that nothing here has a privilege on the host.
        check(setgroups(0, NULL), "setgroups");
        check(setresgid(1000, 1000, 1000), "setresgid");
        check(setresuid(1000, 1000, 1000), "setresuid");
        check(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl");
    }
    unsigned own = geteuid();
    int caps = capabilities(), parents = open("/proc/self/ns/user", O_RDONLY), siblings;
    check(stat("/etc/passwd", &s), "/etc/passwd");
    unsigned owner = s.st_uid;
    pid_t sibling = sit(&siblings);
    setvbuf(stdout, NULL, _IOLBF, 0);

    if (fork() == 0) {
        check(unshare(CLONE_NEWUSER), "unshare");
        printf("uid of a process without a map: %u | %u | %u\n", own, getuid(), own);
        _exit(0);
    }
    wait(NULL);
    if (fork() == 0) {
        check(become_root(), "unshare");
        printf("uid of the process: %u | %u | %u\n", own, getuid(), own);
        check(stat("/etc/passwd", &s), "/etc/passwd");
        printf("owner of /etc/passwd, whose id is not mapped: %u | %u | %u\n", owner, s.st_uid, owner);
        printf("capabilities in effect: %d | %d | %d\n", caps, capabilities(), caps);
        gid_t group = 0;
        printf("setgroups(0): – | %s | –\n", answer(setgroups(1, &group)));
        char name[65];
        check(gethostname(name, sizeof name), "gethostname");
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        printf("hostname of the host: – | %s | –\n", answer(sethostname(name, strlen(name))));
        printf("mounts of the host: – | %s | –\n", answer(mount("nslab", "/mnt", "tmpfs", 0, NULL)));
        printf("clock of the host: – | %s | –\n", answer(clock_settime(CLOCK_REALTIME, &now)));
        check(unshare(CLONE_NEWUTS | CLONE_NEWNS), "unshare");
        printf("hostname of its own: – | %s | –\n", answer(sethostname(name, strlen(name))));
        printf("mounts of its own: – | %s | –\n", answer(mount("nslab", "/mnt", "tmpfs", 0, NULL)));
        printf("setns() from the child back to the parent's: – | %s | –\n", answer(setns(parents, CLONE_NEWUSER)));
        printf("setns() into a sibling's: – | %s | –\n", answer(setns(siblings, CLONE_NEWUSER)));
        printf("setns() into one's own: – | %s | –\n", answer(setns(open("/proc/self/ns/user", O_RDONLY), CLONE_NEWUSER)));
        _exit(0);
    }
    wait(NULL);
    printf("setns() from the parent into the child's: – | %s | –\n", answer(setns(siblings, CLONE_NEWUSER)));
    kill(sibling, SIGKILL);
    waitpid(sibling, NULL, 0);

    // From where it is now it goes down until the kernel refuses; setns() above has already brought it one level down.
    int level = 1;
    while (become_root() == 0)
        level++;
    printf("user namespaces inside one another: 0 | %d | 0\n", level);
    printf("the kernel's answer to one more: – | %s | –\n", strerrorname_np(errno));
}
