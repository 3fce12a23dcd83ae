#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    const char *writes[][2] = {
        {"@shop_limit@", "@pot@M"}, {"@web_limit@", "@none@"}, {"@db_limit@", "@none@"}};
    for (int i = 0; i < 3; i++) {
        int fd = open(writes[i][0], O_WRONLY);
        if (fd == -1 || write(fd, writes[i][1], strlen(writes[i][1])) == -1) return perror(writes[i][0]), 1;
        close(fd);
    }
}
