// A process wants twice the memory that its group may have. Prints: asked for | expected | measured.
// Build and run:  cc -o memory memory.c && ./memory
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
enum { LIMIT = @mib@, MIB = 1 << 20 };

static void grow(const char *group) {
    put(group, "cgroup.procs", "0");  // "0" means the writer
    for (int mib = 0; mib < 2 * LIMIT; mib++) {
        char *more = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        check(more == MAP_FAILED ? -1 : 0, "mmap");
        memset(more, 'x', MIB);  // so far these were addresses alone: the first write brings the memory
    }
    _exit(0);
}

int main(void) {
    const char *above = make("@memory@", "nslab-by-hand"), *group;
    char bytes[32];
    int status;
    @c_enable@
    group = make(above, "cgrp1");
    snprintf(bytes, sizeof bytes, "%ld", (long)LIMIT * MIB);
    put(group, "@limit_file@", bytes);
    if (access(path(group, "@swap_file@"), F_OK) == 0)
        put(group, "@swap_file@", "0");  // else what is too much could go to swap

    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0)
        grow(group);
    loads[loads_made++] = pid;
    check(waitpid(pid, &status, 0), "waitpid");
    loads_made = 0;  // it has ended: there is none to kill

    int killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    printf("the process ended by: memory_max %d MiB | SIGKILL | %s\n", LIMIT, killed ? "SIGKILL" : "something else");
    printf("OOM kills that the kernel counted: memory_max %d MiB | 1 | %.0f\n", LIMIT,
           number_in(group, "@kills_file@", "@kills_key@"));
    printf("times the limit was met: memory_max %d MiB | 1 | %.0f\n", LIMIT,
           number_in(group, "@met_file@", "@met_key@"));
    if (access(path(group, "@peak_file@"), F_OK) == 0)  // v2 before Linux 5.19 has none
        printf("most memory in use, MiB: memory_max %d MiB | %d | %.2f\n", LIMIT, LIMIT,
               number_in(group, "@peak_file@", "@peak_key@") / MIB);
}
