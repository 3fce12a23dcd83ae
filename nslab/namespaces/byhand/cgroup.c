// One's own cgroup looks like the root. Prints: host before | inside | host after.
// Build and run:  cc -o cgroup cgroup.c && ./cgroup
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void check(long result, const char *what) {
    if (result == -1) {
        perror(what);
        exit(1);
    }
}

// The path of a process in the hierarchy that the lesson looks at.
static void path_of(const char *pid, char path[4096]) {
    char name[64], line[4200];
    snprintf(name, sizeof name, "/proc/%s/cgroup", pid);
    FILE *f = fopen(name, "r");
    if (!f)
        check(-1, name);
    while (fgets(line, sizeof line, f)) {
        char *controllers = strchr(line, ':') + 1, *rest = strchr(controllers, ':');
        *rest++ = 0;
        rest[strcspn(rest, "\n")] = 0;
        if (strcmp(controllers, "@hierarchy@") == 0)
            snprintf(path, 4096, "%.4000s", rest);
    }
    fclose(f);
}

static long inode(void) {
    struct stat s;
    check(stat("/proc/self/ns/cgroup", &s), "/proc/self/ns/cgroup");
    return s.st_ino;
}

int main(void) {
    char own[4096], own_inside[4096], init[4096], init_inside[4096];
    long before = inode();
    path_of("self", own);
    path_of("1", init);
    // An ordinary user needs a user namespace too.
    check(unshare(CLONE_NEWCGROUP | (geteuid() ? CLONE_NEWUSER : 0)), "unshare");
    path_of("self", own_inside);
    path_of("1", init_inside);
    printf("/proc/self/cgroup: %s | %s | %s\n", own, own_inside, own);
    printf("/proc/1/cgroup, of a process outside: %s | %s | %s\n", init, init_inside, init);
    printf("inode of /proc/self/ns/cgroup: %ld | %ld | %ld\n", before, inode(), before);
}
