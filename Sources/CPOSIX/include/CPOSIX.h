// SPDX-License-Identifier: Apache-2.0
// The system calls that Swift cannot make itself: variadic calls, macros over structs, calls that need every signal
// blocked, a signal handler, and the constructor that turns a spawned program into a worker before its `main`.
// Only the module Multiprocessing calls these. One convention throughout: the result is 0 or more on success and
// minus the errno on failure; nothing here reads or writes `errno` for its caller, allocates, or prints.
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// MARK: Processes (process.c)

/// Starts `path` with `argv` and `envp`. The child has: 0 on /dev/null, 1 on `output` (the caller's 1, open, or 2), 2 on
/// the caller's 2 (or /dev/null when that is closed), 3 on `channel`, nothing else; every signal at its default; SIGINT
/// and SIGHUP blocked, because the terminal sends them to the whole group and the coordinator decides what they mean. In C: spawn attributes are
/// macros over opaque structs, and `addclosefrom_np` is a glibc extension.
int cposix_spawn_worker(
    const char *path, char *const *argv, char *const *envp, int channel, int output, pid_t *pid);

/// The environment as `environ` points at it now. In C: Swift rejects the mutable global.
char **cposix_environment(void);

/// A descriptor (close-on-exec) that polls readable when `pid` has ended. -ENOSYS before Linux 5.3.
int cposix_pidfd_open(pid_t pid);

/// Sends `signal` to exactly the process that `pidfd` names, never to a later one with the same number.
int cposix_pidfd_send_signal(int pidfd, int signal);

enum { cposix_exited = 0, cposix_signaled = 1, cposix_dumped = 2 };

/// Reaps the child behind `pidfd` without waiting. 1: it has ended, `*kind` is one of the three above and `*value` the
/// code or signal; 0: it still runs; -ECHILD: not ours, or someone else has reaped it. In C: `siginfo_t`'s fields are
/// macros.
int cposix_pidfd_reap(int pidfd, int *kind, int *value);

/// Kills and reaps a child just spawned that cannot be watched, because no pidfd for it could be opened. The one place
/// that signals by pid: right only while nothing has reaped the child.
void cposix_abandon_child(pid_t pid);

/// Starts a small thread, all signals blocked, that ends this process: at once when `parent` (a pidfd; -1: none) becomes
/// readable, `graceMilliseconds` after the peer of `channel` has closed. In C: it must run while Swift code computes,
/// and must not need the Swift runtime to end the process.
int cposix_watch_parent(int parent, int channel, int graceMilliseconds);

/// Makes the worker's writes to a closed pipe and past RLIMIT_FSIZE fail with EPIPE and EFBIG instead of killing it, and
/// shows `name` (cut to 15 bytes) to `ps` and `top`.
void cposix_prepare_worker(const char *name);

// MARK: Channel (channel.c)

/// A connected pair of AF_UNIX SOCK_SEQPACKET sockets, close-on-exec and non-blocking, with at least `byteCount` bytes of
/// send buffer where the system allows it.
int cposix_channel_pair(int ends[2], int byteCount);

/// 1 when `descriptor` is an AF_UNIX SOCK_SEQPACKET socket, 0 when it is something else or closed.
int cposix_is_channel(int descriptor);

/// Sends head + bytes as one message, with copies of `descriptors`. Never waits (-EAGAIN), never raises SIGPIPE.
/// In C: the CMSG macros.
ssize_t cposix_channel_send(
    int channel, const void *head, size_t headByteCount, const void *bytes, size_t byteCount, const int *descriptors,
    int descriptorCount);

/// Bytes (head included) of the next message, without taking it; 0: the peer is gone; -EAGAIN: none yet.
ssize_t cposix_channel_peek(int channel);

/// Takes one message; received descriptors are close-on-exec. `*descriptorCount` is room on entry, number on return.
/// -EMSGSIZE: it did not fit; -EMFILE: its descriptors could not all be opened; both drop the message and close what came.
ssize_t cposix_channel_receive(
    int channel, void *head, size_t headByteCount, void *bytes, size_t byteCount, int *descriptors,
    int *descriptorCount);

// MARK: Stream sockets (socket.c). All are close-on-exec and non-blocking.

/// Listens at `path`, which becomes a socket of mode 0600. In C: `sockaddr_un` and the casts.
int cposix_listen_local(const char *path);

/// A descriptor of the file `path` itself, a socket's too (O_PATH). In C: the flag is a GNU extension.
int cposix_open_inode(const char *path);

/// Connects to the socket at `path`, which may be `/proc/self/fd/N` of a descriptor opened with O_PATH. -EAGAIN: the
/// server's backlog is full; try again. -ECONNREFUSED: nobody listens there any more.
int cposix_connect_local(const char *path);

/// Listens at one address of `host`; port 0: a free one is chosen, see `cposix_tcp_port`.
int cposix_listen_tcp(const char *host, uint16_t port);
int cposix_tcp_port(int listener);

/// Begins to connect: poll for writing, then ask `cposix_socket_error`. -EADDRNOTAVAIL: no such host.
int cposix_connect_tcp(const char *host, uint16_t port);

/// Minus the errno that a socket keeps; 0: none.
int cposix_socket_error(int line);

/// The next connection; -EAGAIN: none waits. In C: `accept4` is a GNU extension.
int cposix_accept(int listener, bool isTCP);

/// Who connected (SO_PEERCRED). In C: `ucred` is a GNU extension.
int cposix_peer_user(int line, uid_t *user);

// MARK: Waiting (wait.c)

/// poll(2) with a limit in nanoseconds (-1: none). In C: glibc declares `ppoll` only to those who ask for extensions.
int cposix_poll(struct pollfd *waits, size_t count, int64_t nanoseconds);

/// A pipe, close-on-exec, non-blocking at both ends.
int cposix_wake_up_pipe(int ends[2]);

// MARK: Waiting and locking in shared memory (synchronization.c)

/// Sleeps while `*word` is `expected`, for at most `nanoseconds` (-1: no limit). 0: woken, changed, or for no reason;
/// -ETIMEDOUT. In C: `syscall` is variadic.
int cposix_futex_wait(const uint32_t *word, uint32_t expected, int64_t nanoseconds);

/// Wakes at most `count` sleepers of all processes; how many it were.
int cposix_futex_wake(const uint32_t *word, int count);

enum { cposix_mutex_byte_count = 64 };

/// Makes a mutex at `memory` (aligned to 16, shared between processes) that notices its holder's death.
int cposix_mutex_create(void *memory, bool isRecursive);

/// Takes it. `deadline` in nanoseconds of the monotonic clock, -1: none. -EOWNERDEAD: taken, but its last holder died with
/// it: repair what it guards, then `make_consistent`; unlocked without that, it is -ENOTRECOVERABLE for everyone.
/// -EDEADLK: this thread holds it already. -ETIMEDOUT.
int cposix_mutex_lock(void *mutex, int64_t deadline);

/// The same without waiting; -EBUSY: somebody holds it.
int cposix_mutex_try_lock(void *mutex);
int cposix_mutex_make_consistent(void *mutex);

/// -EPERM: this thread does not hold it.
int cposix_mutex_unlock(void *mutex);

/// Tells the CPU that this is a loop that waits for another process.
static inline void cposix_pause(void) { __builtin_ia32_pause(); }

// MARK: Hooks of Swift's runtime (runtime_hooks.c)

enum { cposix_frame_limit = 64 };

/// From now on the places of throws are recorded, on threads between `begin` and `end`. In C: the runtime's hooks are C
/// function pointers that are called in the middle of a throw.
void cposix_record_throws(void);
/// Records those of this thread.
void cposix_begin_throws(void);
/// Records no more, and forgets what was recorded.
void cposix_end_throws(void);

/// The return addresses around the throw of `error` (its box), or of a typed throw of `type`: those on the stack, 0,
/// then those of the functions that await it. At most `cposix_frame_limit`; their number.
int cposix_thrown_frames(const void *error, const void *type, uintptr_t *frames);

struct cposix_place {
  uintptr_t base;
  /// Of the program or library; valid while it is loaded.
  const char *file;
  /// NULL: the linker knows none.
  const char *symbol;
  bool isProgram;
};

/// The file and exported function that `address` lies in. -1: none.
int cposix_find_place(uintptr_t address, struct cposix_place *place);

/// The Swift name for people, to be freed; NULL: not a name of Swift's. In C: the runtime exports it without a header.
char *cposix_demangle(const char *symbol);

/// A descriptor that polls readable when there is work for the main actor, which nothing else runs in a worker: its
/// `main` is never called. -1: this program has no concurrency.
int cposix_main_queue(void);
/// Runs that work: on the main thread.
void cposix_run_main_queue(void);

// MARK: Memory (memory.c)

/// An unnamed file in /dev/shm (close-on-exec, mode 0600). It never has a name, so there is no instant at which a killed
/// process leaves one: `shm_open` followed by `shm_unlink` has that instant.
int cposix_unnamed_shared_memory(const char *directory);

/// An anonymous file outside every mount (close-on-exec, sealable). In C: missing from the Swift overlay.
int cposix_memfd(const char *name);

/// Reserves the pages of bytes offset..<offset+byteCount; with `keepsSize` the file does not grow by that. In C: every signal is blocked meanwhile, because a pending one
/// makes the kernel give back all pages and answer EINTR, for ever under a profiling timer.
int cposix_reserve(int descriptor, int64_t offset, int64_t byteCount, bool keepsSize);

/// Forbids shrinking and growing. -EPERM for a descriptor that is not a memfd.
int cposix_seal_size(int descriptor);

/// Makes the pages of `byteCount` bytes from the page-aligned `start` present and writable, if the kernel can.
/// In C: older headers lack the advice's name.
void cposix_populate(void *start, size_t byteCount);

// MARK: Machine and names (machine.c)

/// CPUs this process may run on. In C: CPU_COUNT is a macro, and machines with more than 1024 need a sized set.
int cposix_affinity_count(void);

/// "ENOSPC", "No space left on device", "SIGKILL": static text; NULL when the number is unknown.
const char *cposix_errno_name(int number);
const char *cposix_errno_text(int number);
const char *cposix_signal_name(int number);

// MARK: Termination signals (termination.c)

/// Catches SIGINT, SIGTERM and SIGHUP, except those ignored now: the first one received is stored and one byte is written
/// to `writeEnd`; the next one restores its default action and takes effect at once. -EBUSY when already caught.
/// In C: a handler must be async-signal-safe, which no Swift function promises to be.
int cposix_termination_install(int writeEnd);

/// Puts back what was there before; does nothing unless `writeEnd` is the one that is installed.
void cposix_termination_uninstall(int writeEnd);

/// The first termination signal received since install; 0: none.
int cposix_termination_received(void);

/// SIGTERM does nothing to this process from now on. By an empty handler, because an ignored or blocked signal stays so in
/// the programs that a process starts, a handled one does not. In C: as above.
void cposix_survive_termination(void);

/// Ends this process by `signal`'s default action.
_Noreturn void cposix_die_by_signal(int signal);
