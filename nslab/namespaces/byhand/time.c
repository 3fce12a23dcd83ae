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

int main(void) {
    struct { double boottime, monotonic, realtime; char late[16]; } in;
    int said[2];
    check(pipe(said), "pipe");
    double boot = seconds(CLOCK_BOOTTIME), mono = seconds(CLOCK_MONOTONIC), real = seconds(CLOCK_REALTIME);
    long before = own_inode("/proc/self/ns/time");

    // unshare() moves this process's children, not the process. The offsets come first, then the first child.
    check(unshare(CLONE_NEWTIME | (geteuid() ? CLONE_NEWUSER : 0)), "unshare");
    check(put("/proc/self/timens_offsets", "monotonic @monotonic@ 0\nboottime @boottime@ 0\n"), "timens_offsets");
    pid_t child = fork();
    check(child, "fork");
    if (child == 0) {
        in.boottime = seconds(CLOCK_BOOTTIME), in.monotonic = seconds(CLOCK_MONOTONIC), in.realtime = seconds(CLOCK_REALTIME);
        strcpy(in.late, put("/proc/self/timens_offsets", "boottime 20 0\n") == 0 ? "ok" : strerrorname_np(errno));
        check(write(said[1], &in, sizeof in), "write");
        _exit(0);
    }
    if (read(said[0], &in, sizeof in) != sizeof in)
        return 1;
    wait(NULL);
    double boot2 = seconds(CLOCK_BOOTTIME), mono2 = seconds(CLOCK_MONOTONIC), real2 = seconds(CLOCK_REALTIME);
    printf("CLOCK_BOOTTIME in s: %.3f | %.3f | %.3f\n", boot, in.boottime, boot2);
    printf("CLOCK_MONOTONIC in s: %.3f | %.3f | %.3f\n", mono, in.monotonic, mono2);
    printf("CLOCK_REALTIME in s: %.3f | %.3f | %.3f\n", real, in.realtime, real2);
    printf("uptime minus the host's, in s: 0 | %.0f | %.0f\n", in.boottime - boot, boot2 - boot);
    printf("writing offsets once a process is inside (in the control: before): – | %s | –\n", in.late);
    printf("unshare(): the caller's own namespace: %ld | %ld | %ld\n", before, own_inode("/proc/self/ns/time"), before);
    printf("unshare(): its children's (time_for_children): %ld | %ld | %ld\n", before,
           own_inode("/proc/self/ns/time_for_children"), before);
}
