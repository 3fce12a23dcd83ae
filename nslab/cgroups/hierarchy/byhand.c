// Two hierarchies, two cgroups in each, and tasks that are in one of each, and want all there is. Needs root.
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
#include <time.h>
#include <unistd.h>

@include bench/group.h@
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
        path++;
        if (strncmp(subsystems, subsystem, strlen(subsystem)) == 0 && strchr(",:", subsystems[strlen(subsystem)])) {
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

static volatile sig_atomic_t asked;
static void ask(int number) {
    asked = number;
}

// Use up one CPU, and at a sign take so many MiB.
static void want(int mib) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(@number@, &one);
    sched_setaffinity(0, sizeof one, &one);
    signal(SIGUSR1, ask);
    while (!asked)
        ;
    for (char *p; mib--; memset(p, 1, 1 << 20))
        check((p = malloc(1 << 20)) ? 0 : -1, "malloc");
    _exit(0);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static void limits(const char *a, const char *b, const char *c) {
    const char *cgrp1 = path(c, "cgrp1"), *cgrp2 = path(c, "cgrp2");
    static const struct { const char *a, *b, *limits; int mib; } tasks[] = {
        {"cgrp1", "cgrp3", "60 % and 256 MiB", 288}, {"cgrp1", "cgrp4", "60 % and 64 MiB", 96},
        {"cgrp2", "cgrp4", "20 % and 64 MiB", 96}};
    static const struct { const char *name, *text; int mib, kills; } groups[] = {
        {"cgrp3", "256M", 256, 1}, {"cgrp4", "64M", 64, 2}};
    char one[512], two[512], number[32];
    pid_t pids[3];
    snprintf(one, sizeof one, "%s", cgrp1);
    snprintf(two, sizeof two, "%s", cgrp2);
    if (@c_cpu@) {
        put("/mnt/A/nslab-by-hand", "@weight_file@", "@weight@");  // so that other load does not matter
        put(path(a, "cgrp1"), "@quota_file@", "60000");
        put(path(a, "cgrp2"), "@quota_file@", "20000");
    }
    for (int i = 0; i < 2 && @c_memory@; i++) {
        char group[512];  // a path() is kept for four calls only
        snprintf(group, sizeof group, "%s", path(b, groups[i].name));
        put(group, "@limit_file@", groups[i].text);
        if (access(path(group, "@swap_file@"), F_OK) == 0)
            put(group, "@swap_file@", "0");  // else what is too much could go to swap
    }
    for (int i = 0; i < 3; i++) {
        pids[i] = fork();
        check(pids[i], "fork");
        if (pids[i] == 0)
            want(tasks[i].mib);
        loads[loads_made++] = pids[i];
        snprintf(number, sizeof number, "%d", pids[i]);
        put(path(a, tasks[i].a), "cgroup.procs", number);
        put(path(c, tasks[i].a), "cgroup.procs", number);
        put(path(b, tasks[i].b), "cgroup.procs", number);
    }
    usleep(300000);
    if (@c_cpu@) {
        double start = seconds(), first = number_in(one, "@usage_file@", ""), second = number_in(two, "@usage_file@", "");
        usleep(2000000);
        double time = (seconds() - start) * @usage_per@;
        first = number_in(one, "@usage_file@", "") - first;
        second = number_in(two, "@usage_file@", "") - second;
        printf("cgrp1, percent of one CPU: quota 60 %% | 60 | %.1f\n", 100 * first / time);
        printf("cgrp2, percent of one CPU: quota 20 %% | 20 | %.1f\n", 100 * second / time);
        printf("cgrp1, percent of what A used: quota 60 %% | 75 | %.1f\n", 100 * first / (first + second));
        printf("cgrp2, percent of what A used: quota 20 %% | 25 | %.1f\n", 100 * second / (first + second));
    }
    for (int i = 0; i < 3 && @c_memory@; i++)
        kill(pids[i], SIGUSR1);
    for (int i = 0; i < 3 && @c_memory@; i++) {
        int status;
        check(waitpid(pids[i], &status, 0), "waitpid");
        printf("task %d, in %s and %s, ended by: %s | SIGKILL | %s\n", i + 1, tasks[i].a, tasks[i].b, tasks[i].limits,
               WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? "SIGKILL" : "something else");
    }
    for (int i = 0; i < 2 && @c_memory@; i++) {
        char group[512];
        snprintf(group, sizeof group, "%s", path(b, groups[i].name));
        printf("%s, most memory in use, MiB: memory_max %d MiB | %d | %.1f\n", groups[i].name, groups[i].mib,
               groups[i].mib, number_in(group, "@peak_file@", "") / (1 << 20));
        printf("%s, OOM kills: memory_max %d MiB | %d | %.0f\n", groups[i].name, groups[i].mib, groups[i].kills,
               number_in(group, "@kills_file@", "@kills_key@"));
    }
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
    const char *b = make(make("/mnt/B", "nslab-by-hand"), "memory_cgrp"), *c = a;
    if (*"@counted@") {  // CPU time is counted in a third hierarchy here
        attach("@counted@", "/mnt/C");
        c = make(make("/mnt/C", "nslab-by-hand"), "cpu_cgrp");
        make(c, "cgrp1");
        make(c, "cgrp2");
    }
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
    limits(a, b, c);
}
