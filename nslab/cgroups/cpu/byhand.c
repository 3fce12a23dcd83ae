// Groups want one CPU, and their weights divide it. Prints: asked for | expected | measured.
// Build and run:  cc -o cpu cpu.c && ./cpu
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

@include bench/group.h@
static const char *names[] = {@c_names@};
static const double weights[] = {@c_weights@};
static const char *written[] = {@c_written@};  // the same as the kernel has them here
enum { COUNT = sizeof names / sizeof *names };

// A load that is in both groups from its first instruction on: it moves itself ("0" means the writer).
static void start(const char *cpu, const char *count) {
    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(@number@, &one);
        put(cpu, "cgroup.procs", "0");
        put(count, "cgroup.procs", "0");
        check(sched_setaffinity(0, sizeof one, &one), "sched_setaffinity");
        for (;;)
            ;
    }
    loads[loads_made++] = pid;
}

int main(void) {
    const char *cpu = make("@cpu@", "nslab-by-hand"), *count = make("@cpuacct@", "nslab-by-hand"), *counts[COUNT];
    double used[COUNT], all = 0, sum = 0;
    @c_enable@
    for (int i = 0; i < COUNT; i++) {
        const char *group = make(cpu, names[i]);
        counts[i] = make(count, names[i]);
        put(group, "@weight_file@", written[i]);
        start(group, counts[i]);
        sum += weights[i];
    }
    usleep(300000);
    for (int i = 0; i < COUNT; i++)
        used[i] = -number_in(counts[i], "@usage_file@", "@usage_key@");
    sleep(@seconds@);
    for (int i = 0; i < COUNT; i++)
        all += used[i] += number_in(counts[i], "@usage_file@", "@usage_key@");
    for (int i = 0; i < COUNT; i++)
        printf("%s, percent of the CPU: weight %g | %.1f | %.2f\n", names[i], weights[i], 100 * weights[i] / sum,
               100 * used[i] / all);
}
