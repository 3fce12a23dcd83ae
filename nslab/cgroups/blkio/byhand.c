// A group writes and reads a disk no faster than its limits. Needs root. Prints: asked for | expected | measured.
// Build and run:  cc -o blkio blkio.c && sudo ./blkio
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

@include bench/group.h@
enum { BLOCK = @block@, SIZE = 64 << 20 };

// A file in the shape of a disk: a loop device. It goes with its last user (AUTOCLEAR), and the file has no name.
static int loop_device(char *device) {
    char image[] = "/var/tmp/nslab-by-hand-XXXXXX";
    struct loop_config config = {.fd = mkstemp(image), .block_size = 4096};
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    check(config.fd, image);
    unlink(image);
    check(ftruncate(config.fd, SIZE), "ftruncate");
    int control = open("/dev/loop-control", O_RDWR);
    check(control, "/dev/loop-control");
    for (;;) {
        int number = ioctl(control, LOOP_CTL_GET_FREE);
        check(number, "LOOP_CTL_GET_FREE");
        sprintf(device, "/dev/loop%d", number);
        int fd = open(device, O_RDWR);
        check(fd, device);
        if (ioctl(fd, LOOP_CONFIGURE, &config) == 0)
            return fd;
        if (errno != EBUSY)  // else another process has taken it a moment before
            check(-1, "LOOP_CONFIGURE");
        close(fd);
    }
}

// A load that is in the group from its first instruction on, and goes past all caches (O_DIRECT).
static void start(const char *group, const char *device, int flags) {
    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0) {
        put(group, "cgroup.procs", "0");
        int fd = open(device, flags | O_DIRECT);
        check(fd, device);
        void *block = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (long at = 0;; at = (at + BLOCK) % SIZE)
            check(flags == O_WRONLY ? pwrite(fd, block, BLOCK, at) : pread(fd, block, BLOCK, at), device);
    }
    loads[loads_made++] = pid;
}

static void limit(const char *group, const char *file, const char *numbers, const char *value) {
    char text[64];
    snprintf(text, sizeof text, "%s %s", numbers, value);
    put(group, file, text);
}

// Sectors of 512 bytes: how many were read and written; and the time in seconds.
static void look(const char *device, double *got) {
    char name[64];
    struct timespec now;
    snprintf(name, sizeof name, "/sys/block/%s/stat", strrchr(device, '/') + 1);
    FILE *file = fopen(name, "r");
    if (!file || fscanf(file, "%*s %*s %lf %*s %*s %*s %lf", &got[0], &got[1]) != 2)
        check(-1, name);
    fclose(file);
    clock_gettime(CLOCK_MONOTONIC, &now);
    got[2] = now.tv_sec + now.tv_nsec / 1e9;
}

int main(void) {
    char device[32], numbers[32];
    double before[3], after[3], rate = @rate@ / 1048576.0;
    struct stat node;
    check(fstat(loop_device(device), &node), device);
    sprintf(numbers, "%u:%u", major(node.st_rdev), minor(node.st_rdev));
    const char *above = make("@blkio@", "nslab-by-hand");
    @c_enable@
    const char *group = make(above, "cgrp1");
    @c_limits@
    start(group, device, O_WRONLY);
    start(group, device, O_RDONLY);
    usleep(500000);  // the kernel starts with a burst, and goes on in small ones: so it takes some seconds to be exact
    look(device, before);
    sleep(5);
    look(device, after);
    double second = 2048 * (after[2] - before[2]);  // sectors of a MiB, times seconds
    printf("write, MiB per second: wbps @asked@ | %.4g | %.3f\n", rate, (after[1] - before[1]) / second);
    printf("read, MiB per second: rbps @asked@ | %.4g | %.3f\n", rate, (after[0] - before[0]) / second);
}
