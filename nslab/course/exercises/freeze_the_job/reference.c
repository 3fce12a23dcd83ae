#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    int fd = open("@job_file@", O_WRONLY);
    if (fd == -1 || write(fd, "@freeze@", strlen("@freeze@")) == -1) return perror("@job_file@"), 1;
}
