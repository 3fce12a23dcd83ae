// A host name of one's own. Prints, for each name: host before | inside | host after.
// Build and run:  cc -o uts uts.c && ./uts
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(long result, const char *what) {
    if (result == -1) {
        perror(what);
        exit(1);
    }
}

int main(void) {
    struct utsname before, inside, after;
    int said[2], end[2];
    check(pipe(said), "pipe");
    check(pipe(end), "pipe");
    check(uname(&before), "uname");

    // An ordinary user needs a user namespace too, in which the child may rename.
    unsigned long flags = CLONE_NEWUTS | (geteuid() ? CLONE_NEWUSER : 0);
    long child = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    check(child, "clone");
    if (child == 0) {
        close(end[1]);
        check(sethostname("@hostname@", strlen("@hostname@")), "sethostname");
        check(setdomainname("@domainname@", strlen("@domainname@")), "setdomainname");
        check(uname(&inside), "uname");
        check(write(said[1], &inside, sizeof inside), "write");
        check(read(end[0], &inside, 1), "read"); // stay until the host has been asked
        _exit(0);
    }
    close(said[1]);
    if (read(said[0], &inside, sizeof inside) != sizeof inside)
        return 1;
    check(uname(&after), "uname");
    printf("hostname: %s | %s | %s\n", before.nodename, inside.nodename, after.nodename);
    printf("domainname: %s | %s | %s\n", before.domainname, inside.domainname, after.domainname);
    close(end[1]);
    wait(NULL);

    // Without privilege and without a user namespace, the kernel's answer is EPERM. "nobody" has no capability.
    if (geteuid() == 0)
        check(setresuid(65534, 65534, 65534), "setresuid");
    const char *answer = sethostname("@hostname@", strlen("@hostname@")) == 0 ? "ok" : strerrorname_np(errno);
    printf("sethostname() without CAP_SYS_ADMIN (in the control: with it): not asked | %s | not asked\n", answer);
}
