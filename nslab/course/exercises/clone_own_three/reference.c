#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    int flags = @flag@ | @other@ | CLONE_NEWPID | (geteuid() ? CLONE_NEWUSER : 0);
    int pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (pid < 0) return perror("clone"), 1;
    if (pid == 0) return execlp("sleep", "sleep", "@seconds@", NULL);
    return wait(NULL) < 0;
}
