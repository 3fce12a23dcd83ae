// A group that may not open /dev/zero. Needs root. Prints: asked for | expected | measured.
// Build and run:  cc -o devices devices.c && sudo ./devices
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

@include bench/group.h@
enum { MOUNTS = @c_mounts@ };  // whether it mounts a hierarchy of v1, which has files for rules; else v2 is there

// v2: a program that the kernel asks at each open and mknod. r1 points to three numbers: access << 16 | kind, major,
// minor. What it leaves in r0 is the answer: 1 for yes.
static void deny_by_program(const char *group) {
    struct bpf_insn program[] = {
        {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = 0},
        {.code = BPF_ALU | BPF_AND | BPF_K, .dst_reg = 2, .imm = 0xffff},
        {.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 2, .imm = BPF_DEVCG_DEV_CHAR, .off = 6},
        {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = 4},
        {.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 2, .imm = 1, .off = 4},
        {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = 8},
        {.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 2, .imm = 5, .off = 2},
        {.code = BPF_ALU | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0},  // character device 1:5: no
        {.code = BPF_JMP | BPF_EXIT},
        {.code = BPF_ALU | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1},  // the others: yes
        {.code = BPF_JMP | BPF_EXIT},
    };
    union bpf_attr load = {
        .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
        .insn_cnt = sizeof program / sizeof *program,
        .insns = (uintptr_t)program,
        .license = (uintptr_t)"GPL",
    };
    union bpf_attr attach = {.attach_type = BPF_CGROUP_DEVICE, .attach_flags = BPF_F_ALLOW_MULTI};
    check(attach.attach_bpf_fd = syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load), "BPF_PROG_LOAD");
    check(attach.target_fd = open(group, O_RDONLY), group);
    check(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach), "BPF_PROG_ATTACH");
}

static void say(const char *name, const char *expected, int result) {
    const char *answer = result != -1 ? "ok" : errno == EPERM ? "EPERM" : strerror(errno);
    printf("%s: deny c 1:5 rwm | %s | %s\n", name, expected, answer);
}

static void be_inside(const char *group) {
    char byte, node[64];
    snprintf(node, sizeof node, "/tmp/nslab-by-hand-%d", getpid());
    put(group, "cgroup.procs", "0");  // "0" means the writer
    int before = open("/dev/zero", O_RDONLY);
    if (MOUNTS)
        put(group, "devices.deny", "c 1:5 rwm");  // character device 1:5, for reading, writing and mknod
    else
        deny_by_program(group);
    say("open /dev/zero to read", "EPERM", open("/dev/zero", O_RDONLY));
    say("mknod of a second /dev/zero", "EPERM", mknod(node, S_IFCHR | 0600, makedev(1, 5)));
    unlink(node);
    say("open /dev/null to read", "ok", open("/dev/null", O_RDONLY));
    say("read from a /dev/zero opened before", "ok", read(before, &byte, 1));
    fflush(stdout);
    _exit(0);  // the end of the parent removes the group
}

static void settle(void) {
    usleep(300000);  // a hierarchy goes with its last mount only when its cgroups have been gone for some moments
}

int main(void) {
    if (MOUNTS) {  // a mount that only this program sees
        check(unshare(CLONE_NEWNS), "unshare");
        check(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "make mounts private");
        check(mount("nslab", "@base@", "cgroup", 0, "devices"), "mount");
        atexit(settle);  // runs after what make() has registered
    }
    const char *group = make("@base@", "nslab-by-hand");
    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0)
        be_inside(group);
    loads[loads_made++] = pid;
    check(waitpid(pid, NULL, 0), "waitpid");
    loads_made = 0;  // it has ended: there is none to kill
}
