// A pid 1 of one's own. Prints: host before | inside | host after.
// Build and run:  cc -o pid pid.c && ./pid
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int said[2];

static void check(long result, const char *what) {
    if (result == -1) {
        perror(what);
        exit(1);
    }
}

static long inode(const char *path) {
    struct stat s;
    check(stat(path, &s), path);
    return s.st_ino;
}

// An ordinary user needs a user namespace too.
static pid_t own(void) {
    unsigned long flags = CLONE_NEWPID | (geteuid() ? CLONE_NEWUSER : 0);
    long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    check(pid, "clone");
    return pid;
}

static void tell(long a, long b) {
    long both[2] = {a, b};
    check(write(said[1], both, sizeof both), "write");
}

static void hear(long both[2]) {
    if (read(said[0], both, 2 * sizeof(long)) != 2 * sizeof(long))
        exit(1);
}

static const char *shot_from_inside(int sig) {
    pid_t init = own();
    if (init == 0) {
        if (fork() == 0) {
            kill(1, sig);
            _exit(0);
        }
        wait(NULL);
        _exit(7);
    }
    int status;
    waitpid(init, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? "ignored" : "killed";
}

// Of two signals that kill, a process ends by the first.
static const char *shot_from_outside(int sig) {
    pid_t init = own();
    if (init == 0) {
        for (;;)
            pause();
    }
    kill(init, sig);
    kill(init, SIGKILL);
    int status;
    waitpid(init, &status, 0);
    return WTERMSIG(status) == sig ? "killed" : "ignored";
}

int main(void) {
    long in[2];
    pid_t child;
    check(pipe(said), "pipe");

    if ((child = own()) == 0) {
        tell(getpid(), getppid());
        _exit(0);
    }
    hear(in);
    waitpid(child, NULL, 0);
    printf("getpid() of the first process: %d | %ld | %d\n", child, in[0], child);
    printf("getppid() of the first process: %d | %ld | %d\n", getpid(), in[1], getpid());

    // An orphan gets init as its parent.
    if ((child = own()) == 0) {
        if (fork() == 0) {
            if (fork() == 0) {
                while (getppid() == 2)
                    usleep(1000);
                tell(getppid(), 0);
            }
            _exit(0);
        }
        wait(NULL);
        wait(NULL);
        _exit(0);
    }
    hear(in);
    waitpid(child, NULL, 0);
    printf("an orphan's new parent: – | %s | –\n", in[0] == 1 ? "the process we cloned" : "another process");

    printf("SIGTERM to init from inside: – | %s | –\n", shot_from_inside(SIGTERM));
    printf("SIGKILL to init from inside: – | %s | –\n", shot_from_inside(SIGKILL));
    printf("SIGTERM to init from the parent namespace: – | %s | –\n", shot_from_outside(SIGTERM));
    printf("SIGKILL to init from the parent namespace: – | %s | –\n", shot_from_outside(SIGKILL));

    pid_t stranger = fork();
    if (stranger == 0)
        pause();
    if ((child = own()) == 0) {
        tell(kill(stranger, 0) == 0 ? 0 : errno, 0);
        _exit(0);
    }
    hear(in);
    waitpid(child, NULL, 0);
    printf("kill(pid of a process outside, 0): ok | %s | %s\n", in[0] ? strerrorname_np(in[0]) : "ok",
           kill(stranger, 0) == 0 ? "ok" : "gone");
    kill(stranger, SIGKILL);
    waitpid(stranger, NULL, 0);

    // unshare() moves the children, not the caller.
    long before = inode("/proc/self/ns/pid");
    check(unshare(CLONE_NEWPID | (geteuid() ? CLONE_NEWUSER : 0)), "unshare");
    if ((child = fork()) == 0) {
        tell(getpid(), 0);
        pause();
    }
    hear(in);
    long mine = inode("/proc/self/ns/pid");
    printf("unshare(): the caller's own namespace: %ld | %ld | %ld\n", before, mine, mine);
    printf("unshare(): its children's (pid_for_children): %ld | %ld | %ld\n", before, inode("/proc/self/ns/pid_for_children"), mine);
    printf("unshare(): getpid() of its first child: – | %ld | –\n", in[0]);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}
