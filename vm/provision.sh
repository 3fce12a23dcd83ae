#!/usr/bin/env bash
# Installs the course in the VM: `vagrant up` runs it the first time, `vagrant provision` again. It does only what is
# still to be done, so it can be run after a failure, and after the project has changed.
set -euo pipefail
project=/vagrant
course=/opt/nslab
changed=0

fail() {
    printf '\nnslab: %s\n' "$1" >&2
    exit 1
}

say() { echo "nslab: $1"; }

need_space() {
    local free
    free=$(df --output=avail -k / | tail -n 1)
    [ "$free" -ge "$1" ] || fail "$((free / 1024)) MiB are free on the VM's disk, and it takes $(($1 / 1024)).
Make room (vagrant ssh $(machine), then for example: sudo apt-get clean) or start afresh: vagrant destroy $(machine),
vagrant up $(machine)."
}

# This machine's name for Vagrant, which calls another machine where a command names none.
machine() { case $(hostname) in *-v1) echo v1 ;; *) echo default ;; esac; }

system_packages() {
    # Where somebody switched the machine off in the middle of it.
    [ -z "$(dpkg --audit)" ] || DEBIAN_FRONTEND=noninteractive dpkg --force-confold --configure -a >/dev/null ||
        fail "packages that were half installed could not be finished; what dpkg said stands above.
If another program installs some just now, wait for its end. Then: vagrant provision $(machine)"
    # rsync: what copies only what differs. git: what knows the lessons as they came. The rest is for the parts by hand.
    packages --no-install-recommends python3-venv rsync git gcc libc6-dev make \
        iproute2 nftables iputils-ping hostname procps e2fsprogs util-linux kmod strace ||
        fail "Debian's packages could not be installed; what apt-get said stands above.
If there was no network, connect the host to one and run: vagrant provision $(machine)"
    # The second kernel, for what this machine's user may not do. Debian has it for PCs only.
    [ "$(uname -m)" != x86_64 ] || packages --no-install-recommends user-mode-linux ||
        say "there is no second kernel (user-mode-linux): what needs one says so"
}

# In the course's directory, so that neither a half-edited file nor a synced folder that is not there yet stops it.
copy_project() {
    local differs
    mkdir -p "$course/project"
    differs=$(rsync --recursive --checksum --delete --itemize-changes --chmod=D755,F644 --exclude=__pycache__ \
        "$project"/{nslab,pyproject.toml,README.md,LICENSE} "$course/project/")
    [ -z "$differs" ] || { changed=1; say "the course's program is copied to $course"; }
}

# What `nslab reset` restores. From git where it can be; where there is none, a lesson is taken only once, since a learner
# writes in them.
copy_lessons() {
    local fresh from differs options=(--recursive --checksum --itemize-changes '--chmod=D755,F644')
    options+=(--include=/pictures/ '--include=/pictures/*.svg')
    fresh=$(mktemp -d)
    if git -c safe.directory='*' -C "$project" archive HEAD notebooks 2>/dev/null | tar -x -C "$fresh" 2>/dev/null; then
        from=$fresh/notebooks
        options+=(--delete --include='*.ipynb')
    else
        from=$project/notebooks
        options+=(--ignore-existing --include='[0-9][0-9]-*.ipynb')
    fi
    differs=$(rsync "${options[@]}" --exclude='*' "$from/" "$course/project/notebooks/")
    [ -z "$differs" ] || { changed=1; say "the lessons as they came are copied to $course"; }
    rm -rf "$fresh"
}

python_packages() {
    local wheels=$project/vm/wheels install
    ! cmp -s "$course/project/pyproject.toml" "$course/installed" || return 0
    need_space 700000
    say "installing the Python packages (about 100 MB) ..."
    [ -x "$course/venv/bin/pip" ] || python3 -m venv --clear "$course/venv"
    install=("$course/venv/bin/pip" install --quiet --disable-pip-version-check --editable "$course/project")
    # A class needs no network here when somebody has put the packages into vm/wheels (docs/vm.md).
    if ! compgen -G "$wheels/*.whl" >/dev/null || ! "${install[@]}" --no-index --find-links "$wheels"; then
        "${install[@]}" ||
            fail "the Python packages could not be installed; what pip said stands above.
If there was no network, connect the host to one and run: vagrant provision $(machine)
What was already fetched is kept, so it goes on where it stopped."
    fi
    cp "$course/project/pyproject.toml" "$course/installed"
    changed=1
}

# The learner may not write there, so every start would compile it again.
bytecode() {
    [ "$changed" = 0 ] || "$course/venv/bin/python" -m compileall -q "$course/project/nslab"
}

put() {
    local mode=$1 from=$2 to=$3
    cmp -s "$from" "$to" && [ "$(stat -c %a "$to")" = "$mode" ] && return 0
    install -D -m "$mode" "$from" "$to"
    say "$to is new"
    changed=1
}

service() {
    local users=/etc/systemd/system/user@.service.d/60-nslab.conf stale=0
    cmp -s "$project/vm/user.conf" "$users" || stale=1
    put 755 "$project/vm/nslab" /usr/local/bin/nslab
    put 755 "$project/vm/nslab-url" /usr/local/bin/nslab-url
    put 755 "$project/vm/delegate-v1" /usr/local/lib/nslab/delegate-v1
    put 644 "$project/vm/motd" /etc/motd
    put 644 "$project/vm/sysctl.conf" /etc/sysctl.d/60-nslab.conf
    put 644 "$project/vm/user.conf" "$users"
    put 644 "$project/vm/nslab.service" /etc/systemd/system/nslab.service
    systemctl is-enabled --quiet nslab || systemctl --quiet enable nslab
    if [ "$changed" = 1 ]; then
        systemctl daemon-reload
        sysctl --quiet --load /etc/sysctl.d/60-nslab.conf
        # A user's systemd asks once, when it starts, what it may hand on; whoever is logged in keeps it running.
        [ "$stale" = 0 ] || systemctl try-restart "user@$(id -u vagrant)"
        say "starting the course ..."
        systemctl restart nslab || no_service
    elif ! systemctl is-active --quiet nslab; then
        systemctl start nslab || no_service
    fi
}

no_service() {
    journalctl --unit nslab --lines 20 --no-pager >&2
    fail "the course did not start; its last words stand above.
To see all of them: vagrant ssh $(machine) -c \"sudo journalctl -u nslab\". To try again: vagrant provision $(machine)"
}

[ "$(id -u)" = 0 ] || fail "run it as root: vagrant provision does."
[ -f "$project/pyproject.toml" ] || fail "the project is not at $project: the synced folder is missing (vagrant reload)."
[ -e "$course/installed" ] || need_space 1500000
# shellcheck source=tools/packages.sh
. "$project/tools/packages.sh"
system_packages
copy_project
copy_lessons
python_packages
bytecode
service
if [ "$changed" = 1 ]; then say "the course is installed."; else say "nothing to do."; fi
