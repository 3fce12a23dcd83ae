// What two groups used is in their accounts. Prints: where the load is | what it says of itself | what its group counted.
// Build and run:  cc -o cpuacct cpuacct.c && ./cpuacct
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

@include bench/group.h@
static double seconds(struct timeval t) {
    return t.tv_sec + t.tv_usec / 1e6;
}

static void user_and_system(double used[2]) {
    struct rusage usage;
    check(getrusage(RUSAGE_SELF, &usage), "getrusage");
    used[0] = seconds(usage.ru_utime);
    used[1] = seconds(usage.ru_stime);
}

// Moves itself into the group ("0" means the writer), uses CPU time, and tells how much it was.
static void spend(const char *group, double user, double system, int answer) {
    static char buffer[1 << 20];
    int zero = open("/dev/zero", O_RDONLY);
    double before[2], used[2];
    put(group, "cgroup.procs", "0");
    user_and_system(before);
    while (clock() < user * CLOCKS_PER_SEC)
        for (volatile int i = 0; i < 1000000; i++)
            ;
    while (clock() < (user + system) * CLOCKS_PER_SEC)
        check(read(zero, buffer, sizeof buffer), "/dev/zero");  // the kernel fills the buffer
    user_and_system(used);
    used[0] -= before[0];
    used[1] -= before[1];
    check(write(answer, used, sizeof used), "write");
    pause();
}

static void account(const char *above, const char *name, double user, double system) {
    const char *group = make(above, name);
    double used[2];
    int answer[2];
    check(pipe(answer), "pipe");
    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0)
        spend(group, user, system, answer[1]);
    loads[loads_made++] = pid;
    check(read(answer[0], used, sizeof used), "read");
    const char *row = "%s: seconds %s: the load is inside | %.3f | %.3f\n";
    printf(row, name, "in user mode", used[0], number_in(group, "@user_file@", "@user_key@") / @user_per@);
    printf(row, name, "in system mode", used[1], number_in(group, "@system_file@", "@system_key@") / @system_per@);
    printf(row, name, "in all", used[0] + used[1], number_in(group, "@total_file@", "@total_key@") / @total_per@);
}

int main(void) {
    const char *above = make("@cpuacct@", "nslab-by-hand");
    account(above, "computes", 0.5, 0);
    account(above, "copies", 0.2, 0.4);
}
