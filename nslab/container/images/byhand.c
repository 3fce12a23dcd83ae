// An image below an overlay. Prints: in the image before | in the container | in the image after.
// Build and run:  cc -o images images.c && ./images
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void check(long result, const char *what) {
    if (result == -1) {
        perror(what);
        exit(1);
    }
}

// Be root in the new user namespace: a file system there takes files of mapped ids alone.
static void map(const char *path, int outside) {
    char line[32];
    snprintf(line, sizeof line, "0 %d 1", outside);
    int fd = open(path, O_WRONLY);
    check(fd, path);
    check(write(fd, line, strlen(line)), path);
    close(fd);
}

static void append(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    check(fd, path);
    check(write(fd, text, strlen(text)), path);
    close(fd);
}

// The text of a file, or "absent".
static const char *text(const char *path) {
    char buffer[64];
    int fd = open(path, O_RDONLY);
    if (fd == -1)
        return "absent";
    ssize_t size = read(fd, buffer, sizeof buffer - 1);
    check(size, path);
    buffer[size] = 0;
    buffer[strcspn(buffer, "\n")] = 0;
    close(fd);
    return strdup(buffer);
}

static const char *there(const char *path) { return access(path, F_OK) == 0 ? "there" : "absent"; }

static const char *kind(const char *path) {
    char buffer[64];
    struct stat s;
    if (stat(path, &s))
        return "absent";
    if (!S_ISCHR(s.st_mode))
        return "regular file";
    snprintf(buffer, sizeof buffer, "character device %u, %u", major(s.st_rdev), minor(s.st_rdev));
    return strdup(buffer);
}

static long taken(const char *path) {
    struct stat s;
    return stat(path, &s) ? 0 : (long)s.st_blocks * 512 >> 20;
}

int main(void) {
    // A mount namespace stands in for the host. An ordinary user needs a user namespace as well, and has overlay's
    // marks in attributes of his own.
    int user = geteuid() != 0, uid = geteuid(), gid = getegid();
    check(unshare(CLONE_NEWNS | CLONE_NEWNET | (user ? CLONE_NEWUSER : 0)), "unshare");
    if (user) {
        append("/proc/self/setgroups", "deny");
        map("/proc/self/uid_map", uid);
        map("/proc/self/gid_map", gid);
    }
    check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    check(mount("nslab", "/mnt", "tmpfs", 0, NULL), "tmpfs");
    check(chdir("/mnt"), "chdir");
    const char *directories[] = {"image", "upper", "work", "root"};
    for (int i = 0; i < 4; i++)
        check(mkdir(directories[i], 0755), "mkdir");
    append("image/motd", "old");
    append("image/read", "old");
    append("image/gone", "old");
    append("image/big", "");
    static char mebibyte[1 << 20];
    int big = open("image/big", O_WRONLY);
    for (int i = 0; i < @size@; i++)
        check(write(big, mebibyte, sizeof mebibyte), "write");
    close(big);

    const char *motd = text("image/motd"), *upper = text("upper/motd"), *is = kind("upper/gone");
    const char *gone = there("image/gone"), *upper_read = text("upper/read");
    long upper_big = taken("upper/big");
    char options[128];
    snprintf(options, sizeof options, "lowerdir=/mnt/image,upperdir=/mnt/upper,workdir=/mnt/work%s",
             user ? ",userxattr" : "");
    check(mount("nslab", "root", "overlay", 0, options), "overlay");
    append("root/motd", "+new");
    check(chmod("root/big", 0600), "chmod");
    check(unlink("root/gone"), "unlink");
    printf("a file that the container appends to: in the image, in the container, in the image: %s | %s | %s\n", motd,
           text("root/motd"), text("image/motd"));
    printf("the same file in the upper layer, before and after: %s | – | %s\n", upper, text("upper/motd"));
    printf("MiB of the upper layer that the big file takes, after a chmod: %ld | – | %ld\n", upper_big,
           taken("upper/big"));
    const char *read_inside = text("root/read");
    printf("a file that is only read, in the upper layer: %s | %s | %s\n", upper_read, read_inside, text("upper/read"));
    printf("a file that the container removes: in the image, in the container, in the image: %s | %s | %s\n", gone,
           there("root/gone"), there("image/gone"));
    printf("what the upper layer has in its place, before and after: %s | – | %s\n", is, kind("upper/gone"));

    // What is covered.
    const char *before = kind("/proc/interrupts");
    check(mount("/dev/null", "/proc/interrupts", NULL, MS_BIND, NULL), "bind");
    const char *covered = kind("/proc/interrupts");
    check(umount("/proc/interrupts"), "umount");
    printf("what /proc/interrupts is: %s | %s | %s\n", before, covered, kind("/proc/interrupts"));
    const char *setting = "/proc/sys/net/ipv4/ip_forward";
    check(mount("/proc/sys", "/proc/sys", NULL, MS_BIND | MS_REC, NULL), "bind");
    check(mount("none", "/proc/sys", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
          "read-only");
    const char *answer = open(setting, O_WRONLY) == -1 ? strerrorname_np(errno) : "ok";
    printf("the answer to a write to %s: – | %s | –\n", setting, answer);
    printf("and what a read of it says: – | %s | –\n", text(setting));
}
