#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <unistd.h>
static int put(const char *file, const char *line, int a, int b) {
    FILE *f = fopen(file, "w");
    return !f || fprintf(f, line, a, b) < 0 || fclose(f) ? perror(file), 1 : 0;
}
int main(void) {
    int uid = getuid(), gid = getgid();
    if (unshare(CLONE_NEWUSER)) return perror("unshare"), 1;
    if (put("/proc/self/setgroups", "deny", 0, 0) || put("/proc/self/uid_map", "%d %d 1", @uid@, uid)) return 1;
    return put("/proc/self/gid_map", "%d %d 1", @gid@, gid) || pause();
}
