// Connects to ADDRESS PORT, and prints what it is told there.
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **words) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    char said[200];
    if (count != 3 || inet_pton(AF_INET, words[1], &to.sin_addr) != 1)
        return 2;
    to.sin_port = htons(atoi(words[2]));
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s == -1 || connect(s, (struct sockaddr *)&to, sizeof to) == -1)
        return perror("connect"), 1;
    ssize_t length;
    while ((length = read(s, said, sizeof said)) > 0)
        fwrite(said, 1, length, stdout);
    return 0;
}
