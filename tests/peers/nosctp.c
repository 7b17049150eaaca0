/* SCTP for machines whose kernel has none, as far as osmo-msc needs it to start: an SCTP socket becomes a TCP one,
 * and libsctp's calls become bind, connect, send and recv. Loaded with LD_PRELOAD, in tests only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#define SCTP 132

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static socklen_t size_of(const struct sockaddr *addr) {
    return addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

int socket(int domain, int type, int protocol) {
    int (*real)(int, int, int) = next("socket");
    int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (protocol == SCTP)
        return real(domain, (kind == SOCK_SEQPACKET ? SOCK_STREAM : kind) | (type - kind), 0);
    return real(domain, type, protocol);
}

/* What is set on SCTP itself has no meaning for TCP. */
int setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
    int (*real)(int, int, int, const void *, socklen_t) = next("setsockopt");
    return level == SCTP ? 0 : real(fd, level, name, value, length);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *length) {
    int (*real)(int, int, int, void *, socklen_t *) = next("getsockopt");
    if (level != SCTP)
        return real(fd, level, name, value, length);
    memset(value, 0, *length);
    return 0;
}

int sctp_bindx(int fd, struct sockaddr *addrs, int count, int flags) {
    (void)flags;
    return count < 1 ? 0 : bind(fd, addrs, size_of(addrs));
}

int sctp_connectx(int fd, struct sockaddr *addrs, int count, uint32_t *id) {
    (void)id;
    return count < 1 ? -1 : connect(fd, addrs, size_of(addrs));
}

int sctp_recvmsg(int fd, void *buffer, size_t length, struct sockaddr *from, socklen_t *size, void *info, int *flags) {
    (void)from;
    if (size)
        *size = 0;
    if (info)
        memset(info, 0, 32);
    if (flags)
        *flags = MSG_EOR;
    return (int)recv(fd, buffer, length, 0);
}

int sctp_send(int fd, const void *buffer, size_t length, const void *info, int flags) {
    (void)info;
    return (int)send(fd, buffer, length, flags | MSG_NOSIGNAL);
}

int sctp_sendmsg(int fd, const void *buffer, size_t length, struct sockaddr *to, socklen_t size, uint32_t ppid,
                 uint32_t flags, uint16_t stream, uint32_t life, uint32_t context) {
    (void)to, (void)size, (void)ppid, (void)flags, (void)stream, (void)life, (void)context;
    return (int)send(fd, buffer, length, MSG_NOSIGNAL);
}
