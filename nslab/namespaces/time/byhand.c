// A boot-time clock of one's own. Prints: host before | inside | host after.
// Build and run:  cc -o time time.c && ./time
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static void check(long result, const char *what) {
    if (result == -1) {
        perror(what);
        exit(1);
    }
}

static int put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY);
    check(fd, path);
    long written = write(fd, text, strlen(text));
    close(fd);
    return written == -1 ? -1 : 0;
}

static double seconds(clockid_t clock) {
    struct timespec t;
    check(clock_gettime(clock, &t), "clock_gettime");
    return t.tv_sec + t.tv_nsec / 1e9;
}

static long own_inode(const char *path) {
    struct stat s;
    check(stat(path, &s), path);
    return s.st_ino;
}

struct clocks { double boottime, monotonic, realtime; };

static struct clocks read_clocks(void) {
    return (struct clocks){seconds(CLOCK_BOOTTIME), seconds(CLOCK_MONOTONIC), seconds(CLOCK_REALTIME)};
}

struct inside { struct clocks clocks; char late[16]; };
struct outside { long own, children; };

// unshare() moves this process's children, not the process. The offsets come first, then the first child.
static void shift(int said) {
    check(unshare(CLONE_NEWTIME | (geteuid() ? CLONE_NEWUSER : 0)), "unshare");
    check(put("/proc/self/timens_offsets", "monotonic @monotonic@ 0\nboottime @boottime@ 0\n"), "timens_offsets");
    pid_t child = fork();
    check(child, "fork");
    if (child == 0) {
        struct inside in = {.clocks = read_clocks()};
        strcpy(in.late, put("/proc/self/timens_offsets", "boottime 20 0\n") == 0 ? "ok" : strerrorname_np(errno));
        check(write(said, &in, sizeof in), "write");
        _exit(0);
    }
    wait(NULL);
    struct outside out = {own_inode("/proc/self/ns/time"), own_inode("/proc/self/ns/time_for_children")};
    check(write(said, &out, sizeof out), "write");
    _exit(0);
}

int main(void) {
    struct inside in;
    struct outside out;
    int said[2];
    check(pipe(said), "pipe");
    double first = seconds(CLOCK_BOOTTIME);
    struct clocks before = read_clocks();
    long own = own_inode("/proc/self/ns/time"), children = own_inode("/proc/self/ns/time_for_children");

    // This process stays on the host; its child goes and looks.
    pid_t child = fork();
    check(child, "fork");
    if (child == 0)
        shift(said[1]);
    close(said[1]);
    if (read(said[0], &in, sizeof in) != sizeof in || read(said[0], &out, sizeof out) != sizeof out)
        return 1;
    wait(NULL);
    struct clocks after = read_clocks();
    printf("CLOCK_BOOTTIME in s: %.3f | %.3f | %.3f\n", before.boottime, in.clocks.boottime, after.boottime);
    printf("CLOCK_MONOTONIC in s: %.3f | %.3f | %.3f\n", before.monotonic, in.clocks.monotonic, after.monotonic);
    printf("CLOCK_REALTIME in s: %.3f | %.3f | %.3f\n", before.realtime, in.clocks.realtime, after.realtime);
    printf("uptime minus the host's, in s: %.0f | %.0f | %.0f\n", before.boottime - first,
           in.clocks.boottime - before.boottime, after.boottime - before.boottime);
    printf("writing offsets once a process is inside (in the control: before): not asked | %s | not asked\n", in.late);
    printf("unshare(): the caller's own namespace: %ld | %ld | %ld\n", own, out.own, own_inode("/proc/self/ns/time"));
    printf("unshare(): its children's (time_for_children): %ld | %ld | %ld\n", children, out.children,
           own_inode("/proc/self/ns/time_for_children"));
}
