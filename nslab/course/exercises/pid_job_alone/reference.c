#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

int main(void) {
    // The mounts of a new user namespace do not spread to the machine's (mount_namespaces(7)).
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS)) return perror("unshare"), 1;
    if (fork()) return 0;
    if (mount("proc", "/proc", "proc", 0, NULL)) return perror("mount"), 1;
    execlp("sleep", "sleep", "@seconds@", NULL);
}
