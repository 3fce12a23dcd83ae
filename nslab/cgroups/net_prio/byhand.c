// Packets get the priority of their group on an interface. Needs root, and nft(8) for counting.
// The kernel has priorities for the interfaces of the first network namespace alone, so the packets go over the machine's
// own lo, and are counted by a table of rules that changes nothing.
// Prints: asked for | expected | measured. Build and run:  cc -o net_prio net_prio.c && ./net_prio
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

@include bench/group.h@
static const char *count_them =
    "PATH=$PATH:/usr/sbin:/sbin; nft 'add table inet nslab_by_hand\n"
    "    add chain inet nslab_by_hand in { type filter hook input priority 0; }\n"
    "    add rule inet nslab_by_hand in iif lo meta l4proto udp meta priority @match@ counter'";
static const char *counted =
    "PATH=$PATH:/usr/sbin:/sbin; nft list table inet nslab_by_hand |\n"
    "    sed -n 's/.*meta priority .* packets \\([0-9]*\\) .*/\\1/p'";
static const char *count_no_more = "PATH=$PATH:/usr/sbin:/sbin; nft delete table inet nslab_by_hand";

static void run(const char *command) {
    if (system(command) != 0)
        fprintf(stderr, "failed: %s\n", command);
}

static int number_from(const char *command) {
    char line[64] = "-1";
    FILE *out = popen(command, "r");
    if (!out || !fgets(line, sizeof line, out))
        check(-1, command);
    pclose(out);
    return atoi(line);
}

// A hierarchy goes with its last mount only when its cgroups have been gone for some moments.
static void let_go(void) {
    run(count_no_more);
    usleep(300000);
}

// The kernel notes the group of whoever makes a socket: so first in ("0" means the writer), then socket().
static void send_from(const char *group) {
    struct sockaddr_in self = {.sin_family = AF_INET};  // port 0: the kernel chooses one that is free
    socklen_t size = sizeof self;
    inet_pton(AF_INET, "127.0.0.1", &self.sin_addr);
    put(group, "cgroup.procs", "0");
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    check(fd, "socket");
    check(bind(fd, (struct sockaddr *)&self, sizeof self), "bind");
    check(getsockname(fd, (struct sockaddr *)&self, &size), "getsockname");
    for (int i = 0; i < @packets@; i++)
        check(sendto(fd, "nslab", 5, 0, (struct sockaddr *)&self, sizeof self), "sendto");
    _exit(0);
}

int main(void) {
    int status;
    char says[4096] = "";
    // Private, so that no mount made here shows anywhere else; it goes with this process.
    check(unshare(CLONE_NEWNS), "unshare");
    check(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    check(mount("nslab", "/mnt", "cgroup", 0, "net_prio"), "net_prio");
    atexit(let_go);  // called last, as functions are called in the reverse order of atexit()
    const char *group = make("/mnt", "nslab-by-hand");
    put(group, "net_prio.ifpriomap", "lo @priority@");
    run(count_them);

    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0)
        send_from(group);
    check(waitpid(pid, &status, 0), "waitpid");
    printf("packets with priority @priority@: lo @priority@ | @packets@ | %d\n", number_from(counted));

    int fd = open(path(group, "net_prio.ifpriomap"), O_RDONLY);
    check(read(fd, says, sizeof says - 1), "net_prio.ifpriomap");
    const char *line = strstr(says, "lo ");
    printf("net_prio.ifpriomap says: lo @priority@ | lo @priority@ | %.*s\n", (int)strcspn(line, "\n"), line);
    return status != 0;
}
