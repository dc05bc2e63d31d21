/* payload: the program in the sandbox. Static, so that what is measured is the launch and not the loader.
 *
 *   payload true              ends at once
 *   payload sleep             stays
 *   payload ask ADDR PORT     one byte to a server and one back; prints the clock (CLOCK_MONOTONIC, ns) when it came
 *   payload answer PORT       that server, one connection after another
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in at = {.sin_family = AF_INET};

/* A card that is still coming up is tried again for five seconds. */
static int ask(void) {
    for (int tries = 0; tries < 10000; tries++, usleep(500)) {
        char byte = 'x';
        int s = socket(AF_INET, SOCK_STREAM, 0);
        if (!connect(s, (struct sockaddr *)&at, sizeof at) && write(s, &byte, 1) == 1 && read(s, &byte, 1) == 1) {
            struct timespec now;
            clock_gettime(CLOCK_MONOTONIC, &now);
            return printf("%lld%09ld\n", (long long)now.tv_sec, now.tv_nsec) < 0;
        }
        close(s);
    }
    perror("no answer");
    return 1;
}

static int answer(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 64)) { perror("listen"); return 1; }
    for (;;) {
        char byte;
        int s = accept(listener, NULL, NULL);
        if (read(s, &byte, 1) == 1 && write(s, &byte, 1) != 1) perror("answer");
        close(s);
    }
}

int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "true")) return 0;
    if (argc == 2 && !strcmp(argv[1], "sleep")) for (;;) pause();
    if (argc == 4 && !strcmp(argv[1], "ask") && inet_pton(AF_INET, argv[2], &at.sin_addr) == 1) {
        at.sin_port = htons(atoi(argv[3]));
        return ask();
    }
    if (argc == 3 && !strcmp(argv[1], "answer")) {
        at.sin_port = htons(atoi(argv[2]));
        return answer();
    }
    return 2;
}
