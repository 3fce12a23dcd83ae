// A process that ticks is stopped for a while. Prints: asked for | expected | measured.
// Build and run:  cc -o freezer freezer.c && ./freezer
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

@include bench/group.h@
static int ticks[2];

static void tick(const char *group) {
    put(group, "cgroup.procs", "0");  // "0" means the writer
    while (write(ticks[1], ".", 1) == 1)
        usleep(10000);
    _exit(0);
}

static int count(void) {
    static int all;
    char text[4096];
    for (long got; (got = read(ticks[0], text, sizeof text)) > 0;)
        all += got;
    return all;
}

static int is_frozen(const char *group) {
    return number_in(group, "@state_file@", "@frozen@") != -1;
}

static void thaw(void) {
    put(made[0], "@file@", "@thaw@");  // in v1 a frozen process dies only when it is thawed
}

int main(void) {
    const char *group = make("@freezer@", "nslab-by-hand");
    @c_enable@
    check(pipe2(ticks, O_NONBLOCK), "pipe2");
    atexit(thaw);
    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0)
        tick(group);
    loads[loads_made++] = pid;
    usleep(300000);
    put(group, "@file@", "@freeze@");
    while (!is_frozen(group))
        usleep(1000);
    int before = count();
    usleep(500000);
    int after = count(), frozen = is_frozen(group);
    put(group, "@file@", "@thaw@");
    usleep(500000);
    int end = count();
    printf("state while frozen: @file@ @freeze@ | @frozen@ | %s\n", frozen ? "@frozen@" : "another");
    printf("ticks while frozen: @file@ @freeze@ | 0 | %d\n", after - before);
    printf("ticks after the thaw: @file@ @freeze@ | 1 | %d\n", end - after);
}
