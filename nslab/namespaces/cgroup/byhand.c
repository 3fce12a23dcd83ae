// One's own cgroup looks like the root. Prints: host before | inside | host after.
// Build and run:  cc -o cgroup cgroup.c && ./cgroup
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

struct seen { char own[4096], init[4096]; long inode; };

static struct seen look(void) {
    struct seen s = {.inode = inode()};
    path_of("self", s.own);
    path_of("1", s.init);
    return s;
}

int main(void) {
    struct seen inside, before = look();
    int said[2];
    check(pipe(said), "pipe");

    // This process stays on the host; its child goes and looks.
    pid_t child = fork();
    check(child, "fork");
    if (child == 0) {
        // An ordinary user needs a user namespace too.
        check(unshare(CLONE_NEWCGROUP | (geteuid() ? CLONE_NEWUSER : 0)), "unshare");
        inside = look();
        _exit(fwrite(&inside, sizeof inside, 1, fdopen(said[1], "w")) != 1 || fflush(NULL));
    }
    close(said[1]);
    if (fread(&inside, sizeof inside, 1, fdopen(said[0], "r")) != 1)
        return 1;
    struct seen after = look();
    printf("/proc/self/cgroup: %s | %s | %s\n", before.own, inside.own, after.own);
    printf("/proc/1/cgroup, of a process outside: %s | %s | %s\n", before.init, inside.init, after.init);
    printf("inode of /proc/self/ns/cgroup: %ld | %ld | %ld\n", before.inode, inside.inode, after.inode);
    wait(NULL);
}
