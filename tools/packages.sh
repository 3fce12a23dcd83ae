# shellcheck shell=bash
# packages [apt-get's options] NAME...: installs those that are missing. As root, or with sudo that asks nothing;
# otherwise it says which.
packages() {
    local missing=() options=()
    while [[ $1 == -* ]]; do options+=("$1"); shift; done
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            apt=(sudo "${apt[@]}")
        else
            echo "Missing: ${missing[*]}. Install with this, then run make again:" >&2
            echo "    sudo apt-get update && sudo apt-get install -y ${options[*]} ${missing[*]}" >&2
            exit 1
        fi
    fi
    echo "Installing ${missing[*]} ..."
    "${apt[@]}" update -qq
    "${apt[@]}" install -y -qq "${options[@]}" "${missing[@]}" >/dev/null
}
