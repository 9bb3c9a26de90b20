// SPDX-License-Identifier: Apache-2.0
// Hooks of Swift's runtime. Where errors are thrown: it calls us at every `throw`, and the frames are taken there,
// because they are gone when the error arrives. And the main actor's queue, which no `main` runs in a worker.
// Called by Multiprocessing/Function in workers alone, for the thread that runs functions.
#define _GNU_SOURCE
#include "CPOSIX.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

// Swift's runtime: the hooks (of untyped and of typed throws), and what a kept error needs.
typedef void (*will_throw)(void *error);
typedef void (*will_throw_typed)(void *value, const void *type, const void *conformance);
extern _Atomic(will_throw) _swift_willThrow;
extern _Atomic(will_throw_typed) _swift_willThrowTypedImpl;
extern void *swift_errorRetain(void *error);
extern void swift_errorRelease(void *error);
extern char *swift_demangle(const char *name, size_t length, char *output, size_t *outputLength, uint32_t flags);

// Dispatch: its main queue, which is the main actor's, for those who run it in a loop of their own. Absent from
// programs without concurrency.
extern int _dispatch_get_main_queue_handle_4CF(void) __attribute__((weak));
extern void _dispatch_main_queue_callback_4CF(void *unused) __attribute__((weak));

// The linker's: the first byte of the program or library that this file is part of.
extern const char __ehdr_start[] __attribute__((weak, visibility("hidden")));

static will_throw former;
static will_throw_typed former_typed;

// An error thrown again keeps its first place, so a few are held until the function ends; no more, so that a function
// that throws and catches all the time does not keep everything alive.
enum { kept = 4 };
// A throw that is recorded costs some ten microseconds: a function that throws as its way of working is spared them.
enum { records_per_call = 10000 };
static _Thread_local struct {
  int recordsLeft;
  unsigned next;
  uintptr_t stackStart, stackEnd;
  struct {
    void *error;
    const void *type;
    int count;
    uintptr_t frames[cposix_frame_limit];
  } throws[kept];
} state;

static bool read_two(uintptr_t address, uintptr_t words[2]) {
  // By the kernel: where the address is none after all, this fails and a load would end the process.
  struct iovec near = {words, 2 * sizeof *words}, far = {(void *)address, 2 * sizeof *words};
  return process_vm_readv(getpid(), &near, 1, &far, 1, 0) == 2 * sizeof *words;
}

static bool is_code(uintptr_t address) {
  Dl_info info;
  return dladdr((void *)address, &info);
}

// The functions that await `context`'s, by their resume addresses; 0 unless this is a chain of contexts to its end.
// Each begins with its parent and the place where that goes on (Swift's ABI).
static int async_chain(uintptr_t context, uintptr_t *frames, int room) {
  uintptr_t words[2];
  int count = 0;
  while (context) {
    if (context % 16 || !read_two(context, words) || !is_code(words[1])) return 0;
    // As if it were a return address: one is subtracted from those.
    if (count < room) frames[count++] = words[1] + 1;
    context = words[0];
  }
  return count;
}

// The functions that await the throwing one are not on the stack. An async function keeps its context just below its
// saved frame pointer; nothing marks those frames on Linux, so each word in that place is tried.
static int async_callers(uintptr_t frame, uintptr_t *frames, int room) {
  for (int i = 0; i < 32 && frame % sizeof frame == 0 && frame > state.stackStart && frame < state.stackEnd - 16; ++i) {
    int count = async_chain(((uintptr_t *)frame)[-1], frames, room);
    if (count) return count;
    uintptr_t outer = *(uintptr_t *)frame;
    if (outer <= frame) break;
    frame = outer;
  }
  return 0;
}

static void cposix_record(void *error, const void *type, uintptr_t frame) {
  for (unsigned i = 0; error && i < kept; ++i) {
    if (state.throws[i].error == error) return;
  }
  --state.recordsLeft;
  unsigned slot = state.next++ % kept;
  if (state.throws[slot].error) swift_errorRelease(state.throws[slot].error);
  state.throws[slot].error = error ? swift_errorRetain(error) : NULL;
  state.throws[slot].type = type;
  // The functions on the stack behind an async one are the executor's: half of the room is enough for both halves.
  void *found[cposix_frame_limit / 2];
  int count = backtrace(found, cposix_frame_limit / 2);
  int total = 0;
  for (int i = 0; i < count; ++i) state.throws[slot].frames[total++] = (uintptr_t)found[i];
  state.throws[slot].frames[total++] = 0;  // Between the two halves.
  total += async_callers(frame, state.throws[slot].frames + total, cposix_frame_limit - total);
  state.throws[slot].count = total;
}

static void cposix_on_throw(void *error) {
  if (former) former(error);
  if (state.recordsLeft > 0) cposix_record(error, NULL, (uintptr_t)__builtin_frame_address(0));
}

static void cposix_on_typed_throw(void *value, const void *type, const void *conformance) {
  if (former_typed) former_typed(value, type, conformance);
  if (state.recordsLeft > 0) cposix_record(NULL, type, (uintptr_t)__builtin_frame_address(0));
}

static void install(void) {
  void *first[1];
  backtrace(first, 1);  // The first call loads a library, which must not happen at a throw.
  former = atomic_exchange(&_swift_willThrow, cposix_on_throw);
  former_typed = atomic_exchange(&_swift_willThrowTypedImpl, cposix_on_typed_throw);
}

void cposix_record_throws(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
}

void cposix_begin_throws(void) {
  if (!state.stackEnd) {
    pthread_attr_t attributes;
    void *start;
    size_t byteCount;
    if (pthread_getattr_np(pthread_self(), &attributes)) return;
    if (!pthread_attr_getstack(&attributes, &start, &byteCount)) {
      state.stackStart = (uintptr_t)start;
      state.stackEnd = (uintptr_t)start + byteCount;
    }
    pthread_attr_destroy(&attributes);
  }
  state.recordsLeft = records_per_call;
}

void cposix_end_throws(void) {
  state.recordsLeft = 0;
  for (unsigned i = 0; i < kept; ++i) {
    if (state.throws[i].error) swift_errorRelease(state.throws[i].error);
    state.throws[i].error = NULL;
    state.throws[i].type = NULL;
  }
}

int cposix_thrown_frames(const void *error, const void *type, uintptr_t *frames) {
  for (unsigned i = 0; i < kept; ++i) {
    // The last throw first: of two of one type it is the likelier one.
    unsigned slot = (state.next - 1 - i) % kept;
    if (state.throws[slot].error == error || (type && state.throws[slot].type == type)) {
      memcpy(frames, state.throws[slot].frames, state.throws[slot].count * sizeof *frames);
      return state.throws[slot].count;
    }
  }
  return 0;
}

int cposix_find_place(uintptr_t address, struct cposix_place *place) {
  Dl_info info;
  if (!dladdr((void *)address, &info)) return -1;
  place->base = (uintptr_t)info.dli_fbase;
  place->file = info.dli_fname;
  place->symbol = info.dli_sname;
  place->isProgram = info.dli_fbase == (void *)__ehdr_start;
  return 0;
}

char *cposix_demangle(const char *symbol) { return swift_demangle(symbol, strlen(symbol), NULL, NULL, 0); }

int cposix_main_queue(void) { return _dispatch_get_main_queue_handle_4CF ? _dispatch_get_main_queue_handle_4CF() : -1; }

void cposix_run_main_queue(void) {
  eventfd_t count;
  eventfd_read(cposix_main_queue(), &count);
  _dispatch_main_queue_callback_4CF(NULL);
}
