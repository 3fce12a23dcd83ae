// A filter of seven instructions. Prints, for each question: before | inside | after.
// Build and run:  cc -o seccomp seccomp.c && ./seccomp
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#define ARCH AUDIT_ARCH_X86_64
#endif

static void check(long result, const char *what) {
    if (result == -1) {
        perror(what);
        exit(1);
    }
}

static const char *answer(long result) { return result == -1 ? strerrorname_np(errno) : "ok"; }

static long put(int number, unsigned action, int flags) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static void filter(unsigned action) {
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
    check(put(SYS_uname, action, 0), "seccomp");
}

static const char *ask(void) {
    struct utsname names;
    return answer(uname(&names));
}

// A child that answers by its exit status: 0 is ok, else an errno.
static const char *in_child(void) {
    int status;
    struct utsname names;
    pid_t child = fork();
    if (child == 0)
        _exit(uname(&names) ? errno : 0);
    waitpid(child, &status, 0);
    return WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) : "ok";
}

#define APART for (pid_t child = apart(); child == 0; _exit(0))
static pid_t apart(void) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        setvbuf(stdout, NULL, _IOLBF, 0);
    else
        wait(NULL);
    return child;
}

int main(void) {
    const unsigned strict = SECCOMP_RET_ERRNO | @says@;
    const char *before = ask(), *child_before = in_child();
    int said[2];
    char inside[2][16] = {"", ""};
    check(pipe(said), "pipe");
    APART {
        filter(strict);
        snprintf(inside[0], sizeof inside[0], "%s", ask());
        snprintf(inside[1], sizeof inside[1], "%s", in_child());
        check(write(said[1], inside, sizeof inside), "write");
        printf("another call: not asked | %s | not asked\n", answer(access("/", F_OK)));
    }
    check(read(said[0], inside, sizeof inside), "read");
    printf("uname(): %s | %s | %s\n", before, inside[0], ask());
    printf("uname() in a child: %s | %s | %s\n", child_before, inside[1], in_child());
    for (int first = 1; first >= 0; first--)
        APART {
            filter(first ? strict : SECCOMP_RET_LOG);
            filter(first ? SECCOMP_RET_LOG : strict);
            printf("uname() under two filters, the strict one %s: not asked | %s | not asked\n", first ? "first" : "last",
                   ask());
        }
    int status;
    pid_t child = fork();
    if (child == 0) {
        filter(SECCOMP_RET_KILL_PROCESS);
        ask();
        _exit(0);
    }
    check(waitpid(child, &status, 0), "waitpid");
    const char *ended = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? "SIGSYS" : "no signal";
    printf("what ends the process at uname(): not asked | %s | not asked\n", ended);

    // The supervisor is the same process: a listener is a descriptor, and fork() hands it on.
    APART {
        check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
        int listener = put(SYS_getppid, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
        check(listener, "seccomp");
        if (fork() == 0) {
            printf("getppid(), which a supervisor answers: not asked | %d | not asked\n", getppid());
            _exit(0);
        }
        struct seccomp_notif note = {0};
        check(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &note), "ioctl");
        struct seccomp_notif_resp reply = {.id = note.id, .val = 4242};
        check(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply), "ioctl");
        wait(NULL);
        printf("number of the call that the supervisor was told: not asked | %d | not asked\n", note.data.nr);
    }
}
