// Two hierarchies, two cgroups in each, and tasks that are in one of each. Needs root.
// Prints: asked for | expected | measured. Build and run:  cc -o hierarchy hierarchy.c && ./hierarchy
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

@group.h@
static void attach(const char *hierarchy, const char *where) {
    char options[300];
    check(mkdir(where, 0755), where);
    // "none,name=…" is a hierarchy that has a name and no subsystem.
    snprintf(options, sizeof options, "%s%s", strncmp(hierarchy, "name=", 5) ? "" : "none,", hierarchy);
    check(mount("nslab", where, "cgroup", 0, options), options);
}

// The path of a process in the hierarchy that has the subsystem, below this program's own directory.
static const char *where_is(pid_t pid, const char *subsystem) {
    static char line[4096];
    char name[64], *found = "not attached";
    snprintf(name, sizeof name, "/proc/%d/cgroup", pid);
    FILE *f = fopen(name, "r");
    if (!f)
        check(-1, name);
    while (fgets(line, sizeof line, f)) {
        char *subsystems = strchr(line, ':') + 1, *path = strchr(subsystems, ':');
        *path++ = 0;
        if (strncmp(subsystems, subsystem, strlen(subsystem)) == 0) {
            path[strcspn(path, "\n")] = 0;
            found = strncmp(path, "/nslab-by-hand", 14) ? path : path + 14;
            break;
        }
    }
    fclose(f);
    return found;
}

// A hierarchy goes with its last mount only when its cgroups have been gone for some moments.
static void let_go(void) {
    usleep(300000);
}

int main(void) {
    static const char *pairs[][2] = {{"cgrp1", "cgrp3"}, {"cgrp1", "cgrp4"}, {"cgrp2", "cgrp4"}};
    // Private, so that no mount made here shows anywhere else; all of them go with this process.
    check(unshare(CLONE_NEWNS), "unshare");
    check(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    check(mount("nslab", "/mnt", "tmpfs", 0, NULL), "tmpfs");
    // Called last, as functions are called in the reverse order of atexit().
    atexit(let_go);
    attach("@a@", "/mnt/A");
    attach("@b@", "/mnt/B");
    const char *a = make(make("/mnt/A", "nslab-by-hand"), "cpu_cgrp");
    const char *b = make(make("/mnt/B", "nslab-by-hand"), "memory_cgrp");
    make(a, "cgrp1");
    make(a, "cgrp2");
    make(b, "cgrp3");
    make(b, "cgrp4");
    for (int i = 0; i < 3; i++) {
        char number[32];
        pid_t pid = fork();
        check(pid, "fork");
        if (pid == 0) {
            sleep(60);
            _exit(0);
        }
        loads[loads_made++] = pid;
        snprintf(number, sizeof number, "%d", pid);
        put(path(a, pairs[i][0]), "cgroup.procs", number);
        put(path(b, pairs[i][1]), "cgroup.procs", number);
        printf("task %d in hierarchy A: moved there | /cpu_cgrp/%s | %s\n", i + 1, pairs[i][0],
               where_is(pid, "@a_first@"));
        printf("task %d in hierarchy B: moved there | /memory_cgrp/%s | %s\n", i + 1, pairs[i][1], where_is(pid, "@b@"));
    }
}
