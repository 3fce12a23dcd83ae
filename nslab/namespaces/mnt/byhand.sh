#!/bin/sh
# Mounts of one's own. Prints: host before | inside | host after.
# An outer mount namespace stands in for the host: nothing is mounted on the machine itself.
as_root=
[ "$(id -u)" = 0 ] || as_root="--user --map-root-user"

# shellcheck disable=SC2016,SC2086
exec unshare $as_root --mount sh -c '
    look() { if [ -e "$1/nslab-was-here" ]; then echo there; else echo absent; fi; }
    size() { set -- $(stat -f -c "%b %S" /mnt); echo $(($1 * $2 / 1048576)); }
    seen() { if [ -e "$1/nslab-was-here" ]; then echo seen; else echo "not seen"; fi; }
    marked() { mount -t tmpfs -o size=@size@m nslab "$1" && : >"$1/nslab-was-here"; }

    # A second process inside its own mount namespace, which does what is written to it.
    dir=$(mktemp -d)
    trap "rm -rf $dir" EXIT
    mkfifo $dir/do $dir/said
    box() { # the propagation of its mounts
        unshare --mount --propagation "$1" sh -c "while read -r line; do eval \"\$line\" >$dir/said; done <$dir/do" &
        exec 5>$dir/do
    }
    tell() { echo "$*" >&5; cat $dir/said; }
    end() { exec 5>&-; wait $!; }
    functions="seen() { if [ -e \$1/nslab-was-here ]; then echo seen; else echo not seen; fi; };"
    make="marked() { mount -t tmpfs -o size=@size@m nslab \$1 && : >\$1/nslab-was-here; };"

    before=$(look /mnt) before_size=$(size)
    box private
    tell "$make marked /mnt" >/dev/null
    inside=$(tell "[ -e /mnt/nslab-was-here ] && echo there || echo absent")
    inside_size=$(tell "set -- \$(stat -f -c \"%b %S\" /mnt); echo \$((\$1 * \$2 / 1048576))")
    echo "a file in a tmpfs on /mnt: $before | $inside | $(look /mnt)"
    echo "size of the filesystem at /mnt, in MiB: $before_size | $inside_size | $(size)"
    end

    for kind in private shared slave unbindable; do
        mount -t tmpfs nslab /mnt
        mkdir /mnt/parent /mnt/other
        mount -t tmpfs nslab /mnt/parent
        mkdir /mnt/parent/host /mnt/parent/box
        bound=$(mount --bind /mnt/parent /mnt/other 2>&1) && umount /mnt/other && bound=ok || bound=EINVAL
        case $kind in slave) mount --make-shared /mnt/parent ;; *) mount --make-$kind /mnt/parent ;; esac
        box unchanged
        [ $kind != slave ] || tell "mount --make-slave /mnt/parent" >/dev/null
        host=$(seen /mnt/parent/host) box=$(seen /mnt/parent/box)
        marked /mnt/parent/host
        echo "$kind: a mount made on the host: $host | $(tell "$functions seen /mnt/parent/host") | $(seen /mnt/parent/host)"
        tell "$make marked /mnt/parent/box" >/dev/null
        echo "$kind: a mount made inside: $box | $(tell "$functions seen /mnt/parent/box") | $(seen /mnt/parent/box)"
        if [ $kind = unbindable ]; then
            answer=$(mount --bind /mnt/parent /mnt/other 2>&1) && answer=ok || answer=EINVAL
            echo "unbindable: a bind mount of it, before and after it is made so: $bound | – | $answer"
        fi
        end
        umount -R /mnt
    done

    mount -t tmpfs nslab /mnt
    mkdir /mnt/one /mnt/two /mnt/lower /mnt/upper /mnt/work /mnt/merged
    : >/mnt/one/nslab-was-here
    before=$(look /mnt/two)
    box private
    tell "mount --bind /mnt/one /mnt/two" >/dev/null
    inside=$(tell "[ -e /mnt/two/nslab-was-here ] && echo there || echo absent")
    echo "a directory bound onto another: the file in it: $before | $inside | $(look /mnt/two)"

    printf old >/mnt/lower/file
    content() { cat "$1" 2>/dev/null || echo absent; }
    before_merged=$(content /mnt/merged/file) before_upper=$(content /mnt/upper/file) before_lower=$(content /mnt/lower/file)
    tell "mount -t overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work,userxattr nslab /mnt/merged" >/dev/null
    tell "printf +new >>/mnt/merged/file" >/dev/null
    for layer in merged upper lower; do
        case $layer in merged) what="the merged file" b=$before_merged ;; upper) what="the upper layer'\''s file" b=$before_upper ;;
            lower) what="the lower layer'\''s file" b=$before_lower ;; esac
        echo "overlay: $what: $b | $(tell "cat /mnt/$layer/file") | $(content /mnt/$layer/file)"
    done
    end
'
