// Rules 1 and 2 of hierarchies, on mounts that only this program sees. Needs root.
// Prints: asked for | expected | measured. Build and run:  cc -o rules rules.c && ./rules
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static void check(long result, const char *what) {
    if (result == -1) {
        perror(what);
        exit(1);
    }
}

static int mount_with(const char *subsystems, const char *where) {
    check(mkdir(where, 0755), where);
    return mount("nslab", where, "cgroup", 0, subsystems);
}

// The subsystems in the line of /proc/self/cgroup that has `name`.
static void together(const char *name, char found[256]) {
    char line[4096];
    FILE *f = fopen("/proc/self/cgroup", "r");
    if (!f)
        check(-1, "/proc/self/cgroup");
    strcpy(found, "none");
    while (fgets(line, sizeof line, f)) {
        char *subsystems = strchr(line, ':') + 1;
        *strchr(subsystems, ':') = 0;
        if (strncmp(subsystems, name, strlen(name)) == 0)
            snprintf(found, 256, "%.255s", subsystems);
    }
    fclose(f);
}

int main(void) {
    char found[256];
    struct stat seen;
    // Private, so that no mount made here shows anywhere else; all of them go with this process.
    check(unshare(CLONE_NEWNS), "unshare");
    check(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    check(mount("nslab", "/mnt", "tmpfs", 0, NULL), "tmpfs");

    check(mount_with("@first@,@second@", "/mnt/a"), "@first@,@second@");
    together("@first@", found);
    printf("the hierarchy of @first@ has the subsystems: mount -o @first@,@second@ | @first@,@second@ | %s\n", found);

    const char *said = mount_with("@first@,@third@", "/mnt/b") == 0 ? "ok" : errno == EBUSY ? "EBUSY" : strerror(errno);
    printf("mount -o @first@,@third@: @first@,@second@ attached | EBUSY | %s\n", said);

    check(mkdir("/mnt/a/seen", 0755), "seen");
    check(mount_with("@first@,@second@", "/mnt/c"), "again");
    int same = stat("/mnt/c/seen", &seen) == 0;
    printf("a cgroup of the first mount is in the second, too: the same set | True | %s\n", same ? "True" : "False");
    // A hierarchy with a cgroup in it would outlive its last mount.
    check(rmdir("/mnt/a/seen"), "rmdir");
    usleep(300000);  // and for some moments it still counts as being there
}
