/* Prints a line per name: the name and its addresses in order, or - when it has none. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int ascending(const void *a, const void *b) { return strcmp(a, b); }

int main(int count, char **names) {
  for (int i = 1; i < count; i++) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
    char texts[64][INET6_ADDRSTRLEN];
    int n = 0;
    if (getaddrinfo(names[i], "8080", &hints, &found) == 0) {
      for (struct addrinfo *a = found; a && n < 64; a = a->ai_next) {
        const void *address = a->ai_family == AF_INET
                                  ? (const void *)&((struct sockaddr_in *)a->ai_addr)->sin_addr
                                  : (const void *)&((struct sockaddr_in6 *)a->ai_addr)->sin6_addr;
        inet_ntop(a->ai_family, address, texts[n++], INET6_ADDRSTRLEN);
      }
      freeaddrinfo(found);
    }
    qsort(texts, n, sizeof texts[0], ascending);
    printf("%s %s", names[i], n ? texts[0] : "-");
    for (int k = 1; k < n; k++) printf(",%s", texts[k]);
    printf("\n");
  }
}
