// Objects of System V and a POSIX message queue on both sides of an IPC namespace.
// Prints: host before | inside | host after.   Build and run:  cc -o ipc ipc.c && ./ipc
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define KINDS 4
static const char *names[KINDS] = {"message queue", "semaphore", "shared memory", "POSIX message queue"};
static const key_t key = @key@;

static void check(long result, const char *what) {
    if (result == -1) {
        perror(what);
        exit(1);
    }
}

static void put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY);
    check(fd, path);
    check(write(fd, text, strlen(text)), path);
    close(fd);
}

// An ordinary user becomes root in a user namespace of its own, without which the rest is not allowed.
static void become_root(void) {
    char map[32];
    unsigned uid = geteuid(), gid = getegid();
    if (uid == 0)
        return;
    check(unshare(CLONE_NEWUSER), "unshare(CLONE_NEWUSER)");
    put("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", uid);
    put("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", gid);
    put("/proc/self/gid_map", map);
}

// Find (or make) the object of each kind, and note the kernel's answers.
static void ask(int make, char answers[KINDS][16]) {
    int flags = make ? IPC_CREAT | IPC_EXCL | 0600 : 0;
    long got[KINDS];
    int err[KINDS];
    got[0] = msgget(key, flags), err[0] = errno;
    got[1] = semget(key, make, flags), err[1] = errno;
    got[2] = shmget(key, make ? 4096 : 0, flags), err[2] = errno;
    got[3] = mq_open("/nslab", O_RDONLY | (make ? O_CREAT | O_EXCL : 0), 0600, NULL), err[3] = errno;
    for (int i = 0; i < KINDS; i++)
        strcpy(answers[i], got[i] != -1 ? "found" : strerrorname_np(err[i]));
}

// Run in a child, in an IPC namespace of its own: make the objects if asked to, and look for them.
static void inside(int make, char answers[KINDS][16]) {
    int said[2];
    check(pipe(said), "pipe");
    pid_t child = fork();
    check(child, "fork");
    if (child == 0) {
        check(unshare(CLONE_NEWIPC), "unshare");
        if (make)
            ask(1, answers);
        ask(0, answers);
        check(write(said[1], answers, KINDS * 16), "write");
        _exit(0);
    }
    if (read(said[0], answers, KINDS * 16) != KINDS * 16)
        exit(1);
    waitpid(child, NULL, 0);
}

int main(void) {
    char before[KINDS][16], in[KINDS][16], after[KINDS][16];
    become_root();
    // A stand-in for the host: an IPC namespace that ends with this program.
    check(unshare(CLONE_NEWIPC), "unshare(CLONE_NEWIPC)");

    ask(0, before);
    inside(1, in);
    ask(0, after);
    for (int i = 0; i < KINDS; i++)
        printf("%s made inside: %s | %s | %s\n", names[i], before[i], in[i], after[i]);

    ask(1, before);
    ask(0, before);
    inside(0, in);
    ask(0, after);
    for (int i = 0; i < KINDS; i++)
        printf("%s made outside: %s | %s | %s\n", names[i], before[i], in[i], after[i]);
}
