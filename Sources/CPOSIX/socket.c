// SPDX-License-Identifier: Apache-2.0
// Stream sockets by which clients find a manager's server. Called by Multiprocessing/Manager.
#define _GNU_SOURCE
#include "CPOSIX.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { kind = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, backlog = 128 };

static int give_up(int descriptor, int error) {
  close(descriptor);
  return -error;
}

static int local_address(struct sockaddr_un *address, const char *path) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
  strcpy(address->sun_path, path);
  return 0;
}

int cposix_listen_local(const char *path) {
  struct sockaddr_un address;
  int error = local_address(&address, path);
  if (error) return error;
  int listener = socket(AF_UNIX, kind, 0);
  if (listener < 0) return -errno;
  // Nobody can connect between bind and chmod: listen comes last.
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || chmod(path, 0600) || listen(listener, backlog))
    return give_up(listener, errno);
  return listener;
}

int cposix_open_inode(const char *path) {
  int descriptor = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
  return descriptor < 0 ? -errno : descriptor;
}

int cposix_connect_local(const char *path) {
  struct sockaddr_un address;
  int error = local_address(&address, path);
  if (error) return error;
  int line = socket(AF_UNIX, kind, 0);
  if (line < 0) return -errno;
  int result;
  do result = connect(line, (struct sockaddr *)&address, sizeof address);
  while (result && errno == EINTR);
  return result ? give_up(line, errno) : line;
}

// What listens or connects at the first of the host's addresses that works.
static int at_host(const char *host, uint16_t port, int flags, int (*use)(int, const struct addrinfo *)) {
  char service[8];
  snprintf(service, sizeof service, "%u", port);
  struct addrinfo wish = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
  struct addrinfo *found;
  if (getaddrinfo(host, service, &wish, &found)) return -EADDRNOTAVAIL;
  int result = -EADDRNOTAVAIL;
  for (struct addrinfo *one = found; one; one = one->ai_next) {
    int line = socket(one->ai_family, kind, 0);
    if (line < 0) {
      result = -errno;
      continue;
    }
    int error = use(line, one);
    if (!error) {
      result = line;
      break;
    }
    result = give_up(line, -error);
  }
  freeaddrinfo(found);
  return result;
}

static int listen_there(int line, const struct addrinfo *one) {
  int yes = 1;
  setsockopt(line, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  return bind(line, one->ai_addr, one->ai_addrlen) || listen(line, backlog) ? -errno : 0;
}

static int connect_there(int line, const struct addrinfo *one) {
  return connect(line, one->ai_addr, one->ai_addrlen) && errno != EINPROGRESS ? -errno : 0;
}

static void tune(int line) {
  int yes = 1, idle = 30, interval = 10, probes = 3;
  setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  // A host that vanishes without a word is noticed after a minute.
  setsockopt(line, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
  setsockopt(line, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  setsockopt(line, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  setsockopt(line, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

int cposix_listen_tcp(const char *host, uint16_t port) { return at_host(host, port, AI_PASSIVE, listen_there); }

int cposix_connect_tcp(const char *host, uint16_t port) {
  int line = at_host(host, port, 0, connect_there);
  if (line >= 0) tune(line);
  return line;
}

int cposix_tcp_port(int listener) {
  union {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
  } address;
  socklen_t count = sizeof address;
  if (getsockname(listener, &address.any, &count)) return -errno;
  return ntohs(address.any.sa_family == AF_INET6 ? address.six.sin6_port : address.four.sin_port);
}

int cposix_socket_error(int line) {
  int error = 0;
  socklen_t count = sizeof error;
  return getsockopt(line, SOL_SOCKET, SO_ERROR, &error, &count) ? -errno : -error;
}

int cposix_accept(int listener, bool isTCP) {
  int line;
  do line = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  while (line < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (line < 0) return -errno;
  if (isTCP) tune(line);
  return line;
}

int cposix_peer_user(int line, uid_t *user) {
  struct ucred peer;
  socklen_t count = sizeof peer;
  if (getsockopt(line, SOL_SOCKET, SO_PEERCRED, &peer, &count)) return -errno;
  *user = peer.uid;
  return 0;
}
