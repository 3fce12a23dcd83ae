#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void move(const char *group, int pid) {
    char path[4096];
    mkdir(group, 0755);
    snprintf(path, sizeof path, "%s/cgroup.procs", group);
    int fd = open(path, O_WRONLY);
    if (dprintf(fd, "%d", pid) < 0)
        perror(path);
    close(fd);
}

int main(void) {
    move("@office@/@first@", @anna@);
    move("@office@/@first@", @bert@);
    move("@office@/@second@", @carl@);
}
