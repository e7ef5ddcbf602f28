/* Preloaded under Python by the tests: a file whose name says so ends, stops or exhausts the process that opens it, as damaged
   files have done to decoders. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static void look(const char *path) {
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    if (strstr(name, "kills-its-worker")) abort();
    while (strstr(name, "sleeps-for-ever")) pause();
    while (strstr(name, "spins-for-ever")) {}
    if (strstr(name, "eats-all-memory")) {
        for (size_t bytes = 1 << 20; bytes >= 16; bytes /= 2)
            while (malloc(bytes)) {}
    }
}

#define OPEN(function) \
    int function(const char *path, int flags, ...) { \
        static int (*next)(const char *, int, mode_t); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = va_arg(rest, mode_t); \
        va_end(rest); \
        look(path); \
        if (!next) next = (int (*)(const char *, int, mode_t))dlsym(RTLD_NEXT, #function); \
        return next(path, flags, mode); \
    }

OPEN(open)
OPEN(open64)
