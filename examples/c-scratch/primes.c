/* Prints the prime numbers up to a limit, by the sieve of Eratosthenes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const long most = 10000000;

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: primes LIMIT\n");
        return 2;
    }
    char *end;
    errno = 0;
    long limit = strtol(argv[1], &end, 10);
    if (errno != 0 || *end != '\0' || limit < 2 || limit > most) {
        fprintf(stderr, "primes: the limit must be a number from 2 to %ld\n", most);
        return 2;
    }
    char *composite = calloc((size_t)limit + 1, 1);
    if (composite == NULL) {
        perror("primes");
        return 1;
    }
    for (long n = 2; n <= limit; n++) {
        if (composite[n])
            continue;
        printf("%ld\n", n);
        for (long multiple = n * n; multiple <= limit; multiple += n)
            composite[multiple] = 1;
    }
    free(composite);
    return 0;
}
