// More threads than CPUs, in a group that may use some of these. Prints: asked for | expected | measured.
// Build and run:  cc -pthread -o cpuset cpuset.c && ./cpuset
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

@include bench/group.h@
struct seen {
    int on[CPU_SETSIZE];  // where a thread was
    int allowed[CPU_SETSIZE];
    int error;            // of sched_setaffinity
};

// Asks for a second where it is. It never sleeps, so the kernel spreads the threads over all CPUs that they may use.
static void *look(void *memory) {
    struct seen *seen = memory;
    for (time_t end = time(NULL) + 2; time(NULL) < end;)
        seen->on[sched_getcpu()] = 1;
    return NULL;
}

static void inside(const char *group, struct seen *seen) {
    pthread_t threads[@loads@];
    cpu_set_t set;
    put(group, "cgroup.procs", "0");  // "0" means the writer
    for (int i = 0; i < @loads@; i++)
        check(-(pthread_create(&threads[i], NULL, look, seen) != 0), "pthread_create");
    for (int i = 0; i < @loads@; i++)
        pthread_join(threads[i], NULL);
    check(sched_getaffinity(0, sizeof set, &set), "sched_getaffinity");
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        seen->allowed[cpu] = CPU_ISSET(cpu, &set);
    CPU_ZERO(&set);
    CPU_SET(@other@, &set);
    seen->error = sched_setaffinity(0, sizeof set, &set) == -1 ? errno : 0;
    _exit(0);
}

// CPUs as a list; neighbours are written "0-2" where `ranges` is set.
static void print(const int cpus[], int ranges) {
    for (int cpu = 0, first = 1; cpu < CPU_SETSIZE; cpu++) {
        int last = cpu;
        if (!cpus[cpu])
            continue;
        while (ranges && last + 1 < CPU_SETSIZE && cpus[last + 1])
            last++;
        printf(first ? "%d" : ranges ? ",%d" : " %d", cpu);
        if (last > cpu)
            printf("-%d", last);
        first = 0;
        cpu = last;
    }
    printf("\n");
}

int main(void) {
    struct seen *seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    @c_enable@
    const char *group = make("@cpuset@", "nslab-by-hand");
    put(group, "@cpus_file@", "@cpus@");
    if (access("@cpuset@/cpuset.mems", F_OK) == 0) {  // v1: a new set takes no process before it has memory nodes
        char mems[256] = "";
        int fd = open("@cpuset@/cpuset.mems", O_RDONLY);
        check(read(fd, mems, sizeof mems - 1), "cpuset.mems");
        put(group, "cpuset.mems", mems);
    }
    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0)
        inside(group, seen);
    loads[loads_made++] = pid;
    check(waitpid(pid, NULL, 0), "waitpid");
    printf("CPUs that its threads ran on: cpus @shown_cpus@ | @shown_cpus@ | ");
    print(seen->on, 0);
    printf("Cpus_allowed_list: cpus @shown_cpus@ | @ranges@ | ");
    print(seen->allowed, 1);
    printf("sched_setaffinity to CPU @other@: cpus @shown_cpus@ | EINVAL | %s\n",
           seen->error == EINVAL ? "EINVAL" : seen->error ? strerror(seen->error) : "ok");
    // It has been waited for: its number may be somebody else's by the time of remove_all.
    loads_made = 0;
}
