// Page faults of one group. Prints: where the load is | what it counts itself | what was counted for the group.
// Build and run:  cc -o perf_event perf_event.c && ./perf_event
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

@include bench/group.h@
enum { PAGES = @pages@ };

static long faults(void) {
    struct rusage usage;
    check(getrusage(RUSAGE_SELF, &usage), "getrusage");
    return usage.ru_minflt + usage.ru_majflt;
}

// Moves itself into the group ("0" means the writer), touches pages, and tells how many faults it had.
static void touch(const char *group, int answer) {
    long size = sysconf(_SC_PAGESIZE);
    put(group, "cgroup.procs", "0");
    long before = faults();
    char *memory = mmap(NULL, PAGES * size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (long i = 0; i < PAGES; i++)
        memory[i * size] = 1;
    long own = faults() - before;
    check(write(answer, &own, sizeof own), "write");
    pause();
}

int main(void) {
    const char *group = make("@perf_event@", "nslab-by-hand");
    struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .size = sizeof event, .config = PERF_COUNT_SW_PAGE_FAULTS};
    int answer[2], counters[1024], cpus = sysconf(_SC_NPROCESSORS_ONLN);
    int fd = open(group, O_RDONLY);
    check(fd, group);
    // A group is counted on each CPU by itself.
    for (int cpu = 0; cpu < cpus; cpu++) {
        counters[cpu] = syscall(SYS_perf_event_open, &event, fd, cpu, -1, PERF_FLAG_PID_CGROUP);
        check(counters[cpu], "perf_event_open");
    }
    check(pipe(answer), "pipe");
    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0)
        touch(group, answer[1]);
    loads[loads_made++] = pid;

    long own;
    uint64_t on_cpu, counted = 0;
    check(read(answer[0], &own, sizeof own), "read");
    for (int cpu = 0; cpu < cpus; cpu++) {
        check(read(counters[cpu], &on_cpu, sizeof on_cpu), "counter");
        counted += on_cpu;
    }
    printf("page faults, @pages@ pages touched: the load is inside | %ld | %lu\n", own, (unsigned long)counted);
}
