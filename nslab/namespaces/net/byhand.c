// A network of one's own, without netlink. Prints: host before | inside | host after.
// Build and run:  cc -o net net.c && ./net
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *forwarding = "/proc/sys/net/ipv4/ip_forward";

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

// Read, or with `up` change, whether lo is up.
static const char *lo(int up) {
    struct ifreq request = {.ifr_name = "lo"};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    check(s, "socket");
    check(ioctl(s, SIOCGIFFLAGS, &request), "SIOCGIFFLAGS");
    if (up) {
        request.ifr_flags |= IFF_UP;
        check(ioctl(s, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
    }
    close(s);
    return request.ifr_flags & IFF_UP ? "up" : "down";
}

static const char *serve(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(@port@), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    check(s, "socket");
    if (bind(s, (struct sockaddr *)&address, sizeof address) || listen(s, 1))
        return strerrorname_np(errno);
    return "ok";
}

static const char *reach(const char *address) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    inet_pton(AF_INET, address, &to.sin_addr);
    int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    check(s, "socket");
    return sendto(s, "\10\0\0\0\0\0\0", 8, 0, (struct sockaddr *)&to, sizeof to) == 8 ? "sent" : strerrorname_np(errno);
}

static char forward(void) {
    char c = '?';
    int fd = open(forwarding, O_RDONLY);
    check(read(fd, &c, 1), forwarding);
    close(fd);
    return c;
}

int main(void) {
    // A stand-in for the host: a network namespace that ends with this program.
    become_root();
    check(unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
    const char *lo_before = lo(1);
    char forward_before = forward();
    const char *listening = strcmp(serve(), "ok") ? "no" : "listening";

    struct { char lo[8], server[16], ping[16], forward; } in;
    int said[2];
    check(pipe(said), "pipe");
    pid_t child = fork();
    check(child, "fork");
    if (child == 0) {
        check(unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
        strcpy(in.lo, lo(0));
        strcpy(in.ping, reach("10.77.0.1"));
        lo(1);
        strcpy(in.server, serve());
        put(forwarding, forward_before == '1' ? "0" : "1");
        in.forward = forward();
        check(write(said[1], &in, sizeof in), "write");
        _exit(0);
    }
    if (read(said[0], &in, sizeof in) != sizeof in)
        return 1;
    wait(NULL);
    printf("lo is: %s | %s | %s\n", lo_before, in.lo, lo(0));
    printf("ping 10.77.0.1 from inside, with no wire: – | %s | –\n", in.ping);
    printf("a second server on port @port@: %s | %s | %s\n", listening, in.server, listening);
    printf("sysctl net.ipv4.ip_forward: %c | %c | %c\n", forward_before, in.forward, forward());
}
