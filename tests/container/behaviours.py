"""What runtimes are tested for, as questions that a shell inside answers: one line each, and what it has to be.

`python -m tests.container` asks ours, runc and crun the same, and writes the table of docs/container.md.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A question: `ask` is a shell script that prints its answer, `wanted` a regular expression for all of it."""

    room: str
    what: str
    ask: str
    wanted: str
    why: str = ""
    """Why another runtime's answer may be another."""


def _status(command: str) -> str:
    """What a command ends with, and nothing of what it says."""
    return f"({command}) >/dev/null 2>&1 && echo yes || echo no"


NAMESPACES = [
    Row("namespaces", "the first process has number 1", "echo $$", "1"),
    Row(
        "namespaces",
        "no other process is to be seen",
        "n=0; for p in /proc/[0-9]*; do n=$((n + 1)); done; echo $n",
        "1",
    ),
    Row("namespaces", "its own host name", "hostname", "box"),
    Row("namespaces", "it may not rename itself without CAP_SYS_ADMIN", _status("hostname other"), "no"),
    Row("namespaces", "its network has lo alone", "ls /sys/class/net | tr '\\n' ' '", "lo "),
    Row("namespaces", "lo is up", "ip -o link show lo | grep -c LOWER_UP", "1"),
    Row("namespaces", "it reaches nothing outside", _status("ping -c 1 -W 1 192.0.2.1"), "no"),
    Row("namespaces", "no message queue of the machine", "ls /dev/mqueue | wc -l", "0"),
    Row("namespaces", "no shared memory of the machine", "ls /dev/shm | wc -l", "0"),
    Row(
        "namespaces",
        "it is at the top of its cgroups",
        "cut -d: -f3 /proc/self/cgroup | sort -u | tr '\\n' ' '",
        "/ ",
        "runc makes a cgroup namespace where its config asks for one",
    ),
    Row("namespaces", "a process cannot see its own parent outside", "grep PPid: /proc/1/status | cut -f2", "0"),
    Row("namespaces", "it may make none of its own", _status("unshare -m true"), "no"),
    Row(
        "namespaces", "nor a user namespace", _status("unshare -U true"), "no", "without a filter the kernel allows it"
    ),
]
ROOT = [
    Row("root", "the root is the rootfs", "cat /etc/os-release | grep -c 'ID=nslab'", "1"),
    Row("root", "nothing of the old root is left", "ls /oldroot /old_root /put_old 2>/dev/null | wc -l", "0"),
    Row("root", "no mount of the machine shows", "grep -c -e ' /boot ' -e ' /home ' /proc/self/mountinfo", "0"),
    Row("root", "upwards from / is /", "ls -id / /.. | tr -s ' ' | cut -d' ' -f1 | sort -u | wc -l", "[12]"),
    Row("root", "what is written is there", "echo x >/new && cat /new", "x"),
    Row("root", "a file of the image can be changed", "echo more >>/etc/hosts && tail -n 1 /etc/hosts", "more"),
    Row("root", "and removed", "rm /etc/hosts && ls /etc/hosts 2>/dev/null | wc -l", "0"),
    Row("root", "/tmp is for all, and sticky", "stat -c %a /tmp", "1777"),
    Row("root", "it may mount nothing", _status("mount -t tmpfs x /tmp"), "no"),
    Row("root", "nor bind", _status("mount --bind /etc /tmp"), "no"),
    Row("root", "nor unmount what covers", _status("umount /proc/acpi"), "no"),
    Row("root", "nor make /sys writable", _status("mount -o remount,rw /sys"), "no"),
    Row("root", "it may call chroot()", _status("mkdir -p /j && chroot /j /bin/true; test $? = 127"), "yes"),
]
PROC = [
    Row("proc and sys", "/proc is its own", "readlink /proc/self | grep -c -x '[0-9]*'", "1"),
    Row("proc and sys", "/proc/kcore has nothing", "head -c 1 /proc/kcore 2>/dev/null | wc -c", "0"),
    Row("proc and sys", "/proc/keys has nothing", "cat /proc/keys 2>/dev/null | wc -c", "0"),
    Row("proc and sys", "/proc/timer_list has nothing", "cat /proc/timer_list 2>/dev/null | wc -c", "0"),
    Row("proc and sys", "/sys/firmware has nothing", "ls /sys/firmware 2>/dev/null | wc -l", "0"),
    Row("proc and sys", "/proc/sys cannot be written", _status("echo 1 >/proc/sys/vm/drop_caches"), "no"),
    Row("proc and sys", "nor /proc/sysrq-trigger", _status("echo h >/proc/sysrq-trigger"), "no"),
    Row("proc and sys", "nor what core dumps go to", _status("echo x >/proc/sys/kernel/core_pattern"), "no"),
    Row("proc and sys", "nor /proc/irq", _status("test -w /proc/irq"), "no"),
    Row("proc and sys", "/sys is read-only", "grep -c ' /sys sysfs ro' /proc/mounts", "1"),
    Row("proc and sys", "/sys cannot be written", _status("echo x >/sys/kernel/uevent_helper"), "no"),
    Row(
        "proc and sys",
        "/proc has no programs, devices and set-user-ID",
        "grep ' /proc proc ' /proc/mounts | head -n 1 | grep -c nosuid,nodev,noexec",
        "1",
        "runc's own config leaves it out",
    ),
    Row(
        "proc and sys",
        "its cgroups are read-only",
        "grep -c -E ' /sys/fs/cgroup(/[^ ]*)? cgroup2? rw' /proc/mounts",
        "0",
    ),
    Row("proc and sys", "uptime can be read", "cat /proc/uptime | wc -l", "1"),
]
DEV = [
    Row("dev", "/dev/null takes all", "echo x >/dev/null && head -c 1 /dev/null | wc -c", "0"),
    Row("dev", "/dev/zero gives zeros", "head -c 3 /dev/zero | wc -c", "3"),
    Row("dev", "/dev/full is full", _status("echo x >/dev/full"), "no"),
    Row("dev", "/dev/urandom gives bytes", "head -c 4 /dev/urandom | wc -c", "4"),
    Row("dev", "all may use them", "stat -c %a /dev/null /dev/zero /dev/random | sort -u", "666"),
    Row("dev", "/dev has no disk", "ls /dev | grep -c -E '^(sd|vd|nvme|loop|dm-|mem|kmsg|kvm)'", "0"),
    Row("dev", "/dev/fd leads to its descriptors", "readlink /dev/fd", "/proc/self/fd"),
    Row("dev", "/dev/stdout is there", "readlink /dev/stdout", "/proc/self/fd/1"),
    Row("dev", "/dev/ptmx is its own", "readlink /dev/ptmx", "pts/ptmx"),
    Row("dev", "/dev/pts is its own", "ls /dev/pts | tr '\\n' ' '", "(ptmx |0 ptmx )"),
    Row("dev", "/dev/shm is a file system of its own, for all", "stat -c %a /dev/shm", "1777"),
    Row("dev", "a disk cannot be made and opened", _status("mknod /tmp/disk b 254 0 && head -c 1 /tmp/disk"), "no"),
    Row("dev", "nor the machine's memory", _status("mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem"), "no"),
]


def _has(name: str, bit: int) -> str:
    return f"echo $((0x$(grep CapEff /proc/self/status | cut -f2) >> {bit} & 1))"


CAPABILITIES = [
    Row("capabilities", "fourteen in effect", "grep CapEff /proc/self/status | cut -f2", "00000000a80425fb"),
    Row("capabilities", "no more to be had", "grep CapBnd /proc/self/status | cut -f2", "00000000a80425fb"),
    Row("capabilities", "none that an execve hands on", "grep CapInh /proc/self/status | cut -f2", "0000000000000000"),
    Row("capabilities", "none that is ambient", "grep CapAmb /proc/self/status | cut -f2", "0000000000000000"),
    Row("capabilities", "CAP_CHOWN", _has("CHOWN", 0), "1"),
    Row("capabilities", "CAP_NET_BIND_SERVICE", _has("NET_BIND_SERVICE", 10), "1"),
    Row("capabilities", "no CAP_NET_ADMIN", _has("NET_ADMIN", 12), "0"),
    Row("capabilities", "no CAP_SYS_MODULE", _has("SYS_MODULE", 16), "0"),
    Row("capabilities", "no CAP_SYS_PTRACE", _has("SYS_PTRACE", 19), "0"),
    Row("capabilities", "no CAP_SYS_ADMIN", _has("SYS_ADMIN", 21), "0"),
    Row("capabilities", "no CAP_SYS_TIME", _has("SYS_TIME", 25), "0"),
    Row("capabilities", "it may not set the clock", _status("date -s 2000-01-01"), "no"),
    Row("capabilities", "it may add no address", _status("ip address add 10.9.9.9/24 dev lo"), "no"),
    Row("capabilities", "it may give a file away", _status("touch /f && chown 0:0 /f"), "yes"),
    Row(
        "capabilities",
        "it may not leave its nice value below 0",
        _status("nice -n -5 true 2>&1 | grep -q . && false"),
        "no",
    ),
]
PRIVILEGES = [
    Row("privileges", "no_new_privs", "grep NoNewPrivs /proc/self/status | cut -f2", "1"),
    Row(
        "privileges",
        "a filter of system calls",
        "grep Seccomp: /proc/self/status | cut -f2",
        "2",
        "the bundle for the others has none: libseccomp's rules stand in Docker's profile, and not in the runtime",
    ),
    Row("privileges", "uid 0", "id -u", "0"),
    Row("privileges", "gid 0", "id -g", "0"),
    Row("privileges", "no other groups", "id -G", "0"),
    Row("privileges", "umask 022", "umask", "0022"),
    Row("privileges", "the key ring is not to be had", _status("test -s /proc/keys"), "no"),
]
ENVIRONMENT = [
    Row(
        "environment",
        "PATH is the usual one",
        "echo $PATH",
        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ),
    Row("environment", "what was given", "echo $GIVEN", "this"),
    Row("environment", "nothing of the caller's", "env | grep -c -e SECRET -e NSLAB", "0"),
    Row("environment", "it begins in /", "readlink /proc/self/cwd", "/"),
    Row(
        "environment",
        "no descriptor is handed in",
        "for f in /proc/1/fd/*; do printf '%s ' ${f##*/}; done",
        "0 1 2 (3 )?",
        "the shell has the directory open that it reads",
    ),
    Row("environment", "limits as they were given", "ulimit -n", "512"),
    Row("environment", "oom_score_adj as it was given", "cat /proc/self/oom_score_adj", "500"),
    Row("environment", "SIGPIPE ends a program", "grep SigIgn /proc/1/status | cut -f2 | cut -c 13", "0"),
]
VOLUMES = [
    Row("volumes", "a directory shows inside", "cat /data/file", "from outside"),
    Row("volumes", "what is written to it goes outside", "echo x >/data/new && cat /data/new", "x"),
    Row("volumes", "a read-only one cannot be written", _status("echo x >/ro/new"), "no"),
    Row("volumes", "nor made writable", _status("mount -o remount,bind,rw /ro"), "no"),
    Row("volumes", "a file alone shows, too", "cat /etc/one", "one file"),
]
ROWS = [*NAMESPACES, *ROOT, *PROC, *DEV, *CAPABILITIES, *PRIVILEGES, *ENVIRONMENT, *VOLUMES]
