// Mounts of one's own; chroot and pivot_root. Prints: host before | inside | host after.
// Build and run:  cc -o mnt mnt.c && ./mnt
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *mark = "nslab-was-here";

static void check(long result, const char *what) {
    if (result == -1) {
        perror(what);
        exit(1);
    }
}

static void put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
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

static int marked(const char *path) {
    char file[256];
    snprintf(file, sizeof file, "%s/%s", path, mark);
    return access(file, F_OK) == 0;
}

static const char *look(const char *path) { return marked(path) ? "there" : "absent"; }
static const char *seen(const char *path) { return marked(path) ? "seen" : "not seen"; }

// What the host calls the directories that a root directory may be, which are known by device and inode.
static struct { const char *name, *path; dev_t dev; ino_t ino; } known[] = {
    {"host", "/", 0, 0}, {"jail", "/mnt/jail", 0, 0}, {"jail/deeper", "/mnt/jail/deeper", 0, 0}};

static void know(void) {
    struct stat s;
    for (int i = 0; i < 3; i++) {
        check(stat(known[i].path, &s), known[i].path);
        known[i].dev = s.st_dev;
        known[i].ino = s.st_ino;
    }
}

static const char *root(void) {
    struct stat s;
    check(stat("/", &s), "/");
    for (int i = 0; i < 3; i++)
        if (s.st_dev == known[i].dev && s.st_ino == known[i].ino)
            return known[i].name;
    return "elsewhere";
}

static void mount_marked(const char *path) {
    char file[256];
    check(mount("nslab", path, "tmpfs", 0, "size=@size@m"), path);
    snprintf(file, sizeof file, "%s/%s", path, mark);
    put(file, "");
}

// Do something in a child with a mount namespace of its own, and hear what it says; `then` is done before it goes.
static void inside(void (*action)(char *), char said[32], void (*then)(char *), char *also) {
    int out[2], end[2];
    check(pipe(out), "pipe");
    check(pipe(end), "pipe");
    pid_t child = fork();
    check(child, "fork");
    if (child == 0) {
        close(end[1]);
        check(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
        action(said);
        check(write(out[1], said, 32), "write");
        check(read(end[0], said, 1), "read");
        _exit(0);
    }
    close(out[1]);
    if (read(out[0], said, 32) != 32)
        exit(1);
    if (then)
        then(also);
    close(end[1]);
    waitpid(child, NULL, 0);
}

static void tmpfs(char *said) {
    mount_marked("/mnt");
    strcpy(said, look("/mnt"));
}
static void look_at_mnt(char *said) { strcpy(said, look("/mnt")); }
static void mount_box(char *said) {
    mount_marked("/mnt/parent/box");
    strcpy(said, seen("/mnt/parent/box"));
}
static void look_at_box(char *said) { strcpy(said, seen("/mnt/parent/box")); }

static void escape(char *said) {
    int n = sprintf(said, "%s ", root());
    check(chdir("/start"), "chdir");
    check(chroot("/deeper"), "chroot");
    n += sprintf(said + n, "%s ", root());
    for (int i = 0; i < 64; i++)
        check(chdir(".."), "chdir");
    check(chroot("."), "chroot");
    strcpy(said + n, root());
}
static void in_chroot(char *said) {
    check(chroot("/mnt/jail"), "chroot");
    check(chdir("/"), "chdir");
    escape(said);
}
static void in_pivot_root(char *said) {
    check(syscall(SYS_pivot_root, "/mnt/jail", "/mnt/jail/old"), "pivot_root");
    check(chdir("/"), "chdir");
    check(umount2("/old", MNT_DETACH), "umount2");
    int n = sprintf(said, "%s", root()) + 1;
    escape(said + n);
}
static void look_at_root(char *said) { strcpy(said, root()); }

int main(void) {
    char before[32], in[32], after[32];
    // A stand-in for the host: a mount namespace whose mounts do not propagate to the machine's own.
    become_root();
    check(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
    check(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "make private");

    look_at_mnt(before);
    inside(tmpfs, in, look_at_mnt, after);
    printf("a file in a tmpfs on /mnt: %s | %s | %s\n", before, in, after);

    static const struct { const char *name; unsigned long flag; } kinds[] = {{"private", MS_PRIVATE}, {"shared", MS_SHARED},
                                                                        {"unbindable", MS_UNBINDABLE}};
    for (int i = 0; i < 3; i++) {
        check(mount("nslab", "/mnt", "tmpfs", 0, NULL), "/mnt");
        mkdir("/mnt/parent", 0700);
        check(mount("nslab", "/mnt/parent", "tmpfs", 0, NULL), "/mnt/parent");
        check(mount("none", "/mnt/parent", NULL, kinds[i].flag, NULL), kinds[i].name);
        mkdir("/mnt/parent/box", 0700);
        look_at_box(before);
        inside(mount_box, in, look_at_box, after);
        printf("%s: a mount made inside: %s | %s | %s\n", kinds[i].name, before, in, after);
        check(umount2("/mnt", MNT_DETACH), "umount");
    }

    check(mount("nslab", "/mnt", "tmpfs", 0, NULL), "/mnt");
    mkdir("/mnt/jail", 0700);
    mount_marked("/mnt/jail");
    mkdir("/mnt/jail/old", 0700);
    mkdir("/mnt/jail/deeper", 0700);
    mkdir("/mnt/jail/start", 0700);
    know();
    inside(in_chroot, in, NULL, NULL);
    printf("chroot: the root directory before, during and after the classic escape: – | %s | –\n", in);
    look_at_root(before);
    inside(in_pivot_root, in, look_at_root, after);
    printf("pivot_root: the root directory before, during and after the classic escape: – | %s | –\n", in + strlen(in) + 1);
    printf("pivot_root: / as the host sees it: %s | %s | %s\n", before, in, after);
}
