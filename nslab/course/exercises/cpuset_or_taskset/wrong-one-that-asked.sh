# not yet: wanted one CPU; found
# Its Cpus_allowed_list is one CPU, as it has asked for; its group would allow more.
for name in red:@of_red@ green:@of_green@ blue:@of_blue@; do
    case $(cat "${name#*:}/cpuset.cpus") in
        *[-,]*) echo "${name%%:*}" ;;
    esac
done
