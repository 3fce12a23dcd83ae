// A process touches twice the huge pages that its group may have. Needs root. Prints: asked for | expected | measured.
// Build and run:  cc -o hugetlb hugetlb.c && sudo ./hugetlb
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

@include bench/group.h@
enum { MOUNTS = @c_mounts@, LIMIT = @pages@, WANTED = @wanted@ };  // whether it mounts a hierarchy (v1); huge pages
static const long SIZE = @size@;                             // bytes of each
static const char *vm = "/proc/sys/vm", *overcommit = "nr_overcommit_hugepages";  // may be made of free memory
static double before = -1;
static int enabled;

static void put_number(const char *directory, const char *file, long number) {
    char text[32];
    snprintf(text, sizeof text, "%ld", number);
    put(directory, file, text);
}

static void put_back(void) {
    if (before >= 0)
        put_number(vm, overcommit, before);
    if (enabled)
        put("@base@", "cgroup.subtree_control", "-hugetlb");
    if (MOUNTS)
        usleep(300000);  // a hierarchy goes with its last mount only when its cgroups have been gone for some moments
}

static void touch(const char *group, volatile int *got) {
    put(group, "cgroup.procs", "0");  // "0" means the writer
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE;
    char *memory = mmap(NULL, WANTED * SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
    check(memory == MAP_FAILED ? -1 : 0, "mmap");
    for (*got = 0; *got < WANTED; ++*got)
        memory[*got * SIZE] = 1;  // so far these were addresses alone: the first write brings the page
    _exit(0);
}

int main(void) {
    atexit(put_back);  // runs after what make() registers
    if (MOUNTS) {  // only this program sees it
        check(unshare(CLONE_NEWNS), "unshare");
        check(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "make mounts private");
        check(mount("nslab", "@base@", "cgroup", 0, "hugetlb"), "mount");
    } else if (number_in("@base@", "cgroup.subtree_control", "hugetlb") == -1) {
        put("@base@", "cgroup.subtree_control", "+hugetlb");
        enabled = 1;
    }
    const char *group = make("@base@", "nslab-by-hand");
    put_number(group, "@limit_file@", LIMIT * SIZE);
    before = number_in(vm, overcommit, "");
    put_number(vm, overcommit, before + WANTED);

    int *got = mmap(NULL, sizeof *got, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), status;
    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0)
        touch(group, got);
    loads[loads_made++] = pid;
    check(waitpid(pid, &status, 0), "waitpid");
    loads_made = 0;  // it has ended: there is none to kill

    int killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;
    printf("pages of @shown@ that it got: limit %d pages | %d | %d\n", LIMIT, LIMIT, *got);
    printf("the process ended by: limit %d pages | SIGBUS | %s\n", LIMIT, killed ? "SIGBUS" : "something else");
    printf("times the limit was met: limit %d pages | 1 | %.0f\n", LIMIT,
           number_in(group, "@met_file@", "@met_key@"));
}
