/* Preloaded into user-mode Linux. That kernel (Debian 12 has 6.1) keeps 2696 bytes of a process's extended registers,
   which is all that a CPU with AVX-512 and PKU has. Where the CPU has more (AMX: 11008), ptrace(2) takes
   PTRACE_SETREGSET only with all of it, and the kernel would end with its first process. What it does not know of is in
   its initial state, which is all zeros: no process inside has asked for it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

typedef long (*ptrace_function)(enum __ptrace_request, ...);
static ptrace_function real;
static size_t size;
/* Not on the stack, which is a small one of that kernel's. It has one CPU, so there is one user. */
static char registers[1 << 16];

__attribute__((constructor)) static void find(void) { real = (ptrace_function)dlsym(RTLD_NEXT, "ptrace"); }

static long set_all(pid_t pid, void *type, struct iovec *part) {
    if (size == 0) {
        struct iovec all = {registers, sizeof registers};
        if (real(PTRACE_GETREGSET, pid, type, &all) == -1)
            return -1;
        size = all.iov_len;
        memset(registers, 0, size);
    }
    if (part->iov_len >= size)
        return real(PTRACE_SETREGSET, pid, type, part);
    memcpy(registers, part->iov_base, part->iov_len);
    struct iovec all = {registers, size};
    return real(PTRACE_SETREGSET, pid, type, &all);
}

long ptrace(enum __ptrace_request request, ...) {
    va_list arguments;
    va_start(arguments, request);
    pid_t pid = va_arg(arguments, pid_t);
    void *address = va_arg(arguments, void *);
    void *data = va_arg(arguments, void *);
    va_end(arguments);
    if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE)
        return set_all(pid, address, data);
    return real(request, pid, address, data);
}
