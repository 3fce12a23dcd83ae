for name in red:@of_red@ green:@of_green@ blue:@of_blue@; do
    case $(cat "${name#*:}/cpuset.cpus") in
        *[-,]*) ;;
        *) echo "${name%%:*}" ;;
    esac
done
