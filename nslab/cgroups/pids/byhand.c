// A fork bomb in a group that may have few processes. Prints: asked for | expected | measured.
// Build and run:  cc -o pids pids.c && ./pids
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

@include bench/group.h@
enum { LIMIT = @limit@, MOST = @most@ };
// All of the bomb's processes see the same: how many more there may be, and the errno of a refused fork.
static struct {
    int left, error;
} *shared;

// Each child goes on where its parent is in the loop, so that all end a second after the first began.
static void bomb(const char *group) {
    put(group, "cgroup.procs", "0");  // "0" means the writer
    for (int turn = 0; turn < 20; turn++) {
        int may = __sync_fetch_and_sub(&shared->left, 1) > 0, pid = may ? fork() : 0;
        if (pid == -1)
            shared->error = errno;
        if (!may || pid == -1)
            __sync_fetch_and_add(&shared->left, 1);
        usleep(50000);
    }
    _exit(0);
}

// How many processes the group has, after sending each of them a signal (0 is none).
static int each(const char *group, int number) {
    int found = 0, pid;
    FILE *file = fopen(path(group, "cgroup.procs"), "r");
    check(file ? 0 : -1, group);
    for (; fscanf(file, "%d", &pid) == 1; found++)
        kill(pid, number);
    fclose(file);
    return found;
}

// Whether a process is in a cgroup with that in its path, in any hierarchy.
static int is_in(pid_t pid, const char *name) {
    char text[8192];
    snprintf(text, sizeof text, "/proc/%d/cgroup", pid);
    FILE *file = fopen(text, "r");
    check(file ? 0 : -1, text);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return strstr(text, name) != NULL;
}

static void end(void) {
    while (each(made[1], SIGKILL))
        usleep(1000);
}

int main(void) {
    const char *above = make("@pids@", "nslab-by-hand"), *group;
    char limit[16];
    int most = 0;
    @c_enable@
    group = make(above, "cgrp1");
    snprintf(limit, sizeof limit, "%d", LIMIT);
    put(group, "@limit_file@", limit);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(shared == MAP_FAILED ? -1 : 0, "mmap");
    shared->left = MOST - 1;

    atexit(end);
    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0)
        bomb(group);
    loads[loads_made++] = pid;
    for (int turn = 0; turn < 70; turn++) {
        int now = each(group, 0);
        most = now > most ? now : most;
        usleep(10000);
    }
    printf("most processes at once: pids_max %d | %d | %d\n", LIMIT, LIMIT, most);
    printf("a fork beyond it fails with: pids_max %d | EAGAIN | %s\n", LIMIT,
           shared->error == EAGAIN ? "EAGAIN" : strerror(shared->error));
    printf("forks that the limit refused: pids_max %d | 1 | %.0f\n", LIMIT, number_in(group, "@refused_file@", "@refused_key@"));

    pid_t outside = fork();
    check(outside, "fork");
    if (outside == 0) {
        pause();
        _exit(0);
    }
    loads[loads_made++] = outside;
    printf("in the group, and forked outside it meanwhile: pids_max %d | %d and 1 | %d and %d\n", LIMIT, LIMIT,
           each(group, 0), kill(outside, 0) == 0 && !is_in(outside, "nslab-by-hand"));
}
