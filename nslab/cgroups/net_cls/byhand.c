// Packets carry the class of the group that sent them. Needs root, and nft(8) or tc(8) for counting.
// Prints: asked for | expected | measured. Build and run:  cc -o net_cls net_cls.c && ./net_cls
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
// Rules count the packets of the class; on a kernel without them, tc puts each packet into the class of its group.
static const char *count_them =
    "PATH=$PATH:/usr/sbin:/sbin; ip link set lo up\n"
    "nft 'add table inet n; add chain inet n out { type filter hook output priority 0; }\n"
    "     add rule inet n out meta cgroup @hex@ counter' 2>/dev/null || {\n"
    "    tc qdisc add dev lo root handle @major@: htb\n"
    "    tc class add dev lo parent @major@: classid @handle@ htb rate 100mbit\n"
    "    tc filter add dev lo parent @major@: protocol ip prio 1 handle 1: cgroup; }";
static const char *counted =
    "PATH=$PATH:/usr/sbin:/sbin; { nft list table inet n || tc -s class show dev lo classid @handle@; } 2>/dev/null |\n"
    "    sed -n 's/.*meta cgroup .*packets \\([0-9]*\\) .*/\\1/p; s/^ Sent .* bytes \\([0-9]*\\) pkt.*/\\1/p'";

static void run(const char *command) {
    if (system(command) != 0) {
        fprintf(stderr, "failed: %s\n", command);
        exit(1);
    }
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
    usleep(300000);
}

// The kernel notes the group of whoever makes a socket: so first in ("0" means the writer), then socket().
static void send_from(const char *group) {
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_port = htons(4000)};
    inet_pton(AF_INET, "127.0.0.1", &self.sin_addr);
    put(group, "cgroup.procs", "0");
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    check(fd, "socket");
    check(bind(fd, (struct sockaddr *)&self, sizeof self), "bind");
    for (int i = 0; i < @packets@; i++)
        check(sendto(fd, "nslab", 5, 0, (struct sockaddr *)&self, sizeof self), "sendto");
    _exit(0);
}

int main(void) {
    int status;
    // Mounts and a network of its own, so that nothing made here shows anywhere else; all of it goes with this process.
    check(unshare(CLONE_NEWNS | CLONE_NEWNET), "unshare");
    check(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    check(mount("nslab", "/mnt", "cgroup", 0, "net_cls"), "net_cls");
    atexit(let_go);  // called last, as functions are called in the reverse order of atexit()
    const char *group = make("/mnt", "nslab-by-hand");
    put(group, "net_cls.classid", "@hex@");
    run(count_them);

    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0)
        send_from(group);
    check(waitpid(pid, &status, 0), "waitpid");
    printf("packets with class @handle@: the sender is inside | @packets@ | %d\n", number_from(counted));
    printf("net_cls.classid says: the sender is inside | @number@ | %.0f\n", number_in(group, "net_cls.classid", ""));
    return status != 0;
}
