// SPDX-License-Identifier: Apache-2.0
// Messages with descriptors over a sequenced-packet socket. Called by Multiprocessing/Channel.
#define _GNU_SOURCE
#include "CPOSIX.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { descriptor_room = 16 };  // Channel.descriptorLimit in Swift

int cposix_channel_pair(int ends[2], int byteCount) {
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends)) return -errno;
  // Best effort: a message that does not fit is refused by send with its own error.
  for (int i = 0; i < 2; ++i) setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &byteCount, sizeof byteCount);
  return 0;
}

static int option(int descriptor, int name) {
  int value = -1;
  socklen_t count = sizeof value;
  return getsockopt(descriptor, SOL_SOCKET, name, &value, &count) ? -1 : value;
}

int cposix_is_channel(int descriptor) {
  return option(descriptor, SO_DOMAIN) == AF_UNIX && option(descriptor, SO_TYPE) == SOCK_SEQPACKET;
}

ssize_t cposix_channel_send(
    int channel, const void *head, size_t headByteCount, const void *bytes, size_t byteCount, const int *descriptors,
    int descriptorCount) {
  if (descriptorCount < 0 || descriptorCount > descriptor_room) return -EINVAL;
  struct iovec parts[2] = {{(void *)head, headByteCount}, {(void *)bytes, byteCount}};
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * descriptor_room)];
  } control;
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  if (descriptorCount) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)descriptorCount);
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)descriptorCount);
    memcpy(CMSG_DATA(c), descriptors, sizeof(int) * (size_t)descriptorCount);
  }
  ssize_t sent;
  do sent = sendmsg(channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

// A peer that closes with messages of ours unread leaves ECONNRESET as the next answer, before what it has sent; the
// answer is given once, so asking again yields its messages and then the end.
static bool again(void) { return errno == EINTR || errno == ECONNRESET; }

ssize_t cposix_channel_peek(int channel) {
  ssize_t count;
  do count = recv(channel, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
  while (count < 0 && again());
  return count < 0 ? -errno : count;
}

ssize_t cposix_channel_receive(
    int channel, void *head, size_t headByteCount, void *bytes, size_t byteCount, int *descriptors,
    int *descriptorCount) {
  struct iovec parts[2] = {{head, headByteCount}, {bytes, byteCount}};
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * descriptor_room)];
  } control;
  struct msghdr message;
  ssize_t count;
  do {
    message = (struct msghdr){
        .msg_iov = parts, .msg_iovlen = 2, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    count = recvmsg(channel, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (count < 0 && again());
  if (count < 0) return -errno;
  int room = *descriptorCount, taken = 0;
  bool dropped = message.msg_flags & MSG_TRUNC, closed = message.msg_flags & MSG_CTRUNC;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < n; ++i) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(c) + i * sizeof(int), sizeof descriptor);
      if (dropped || closed || taken == room) {
        close(descriptor);
        closed = true;
      } else {
        descriptors[taken++] = descriptor;
      }
    }
  }
  if (dropped || closed) {
    while (taken) close(descriptors[--taken]);
    return dropped ? -EMSGSIZE : -EMFILE;
  }
  *descriptorCount = taken;
  return count;
}
