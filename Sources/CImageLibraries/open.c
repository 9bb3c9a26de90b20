// SPDX-License-Identifier: Apache-2.0
//
// Opens libpng and TurboJPEG and fills the tables of their routines. Called once a process by `ImageLibraries`, and by
// tests with the names of libraries that are missing or are something else.

#include "CImageLibraries.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Looks `name` up and stores its address at `slot`, a function pointer inside the table. POSIX promises that `dlsym`'s
// object pointer holds a function's address; `memcpy` says so without a cast that ISO C does not know.
static bool look_up(void *library, const char *name, void *slot, char *detail, size_t capacity) {
  void *address = dlsym(library, name);
  if (address == NULL) {
    snprintf(detail, capacity, "%s", name);
    return false;
  }
  memcpy(slot, &address, sizeof address);
  return true;
}

static void *load(const char *name, struct weft_image_library_opening *opening) {
  *opening = (struct weft_image_library_opening){.status = weft_image_library_opened};
  // RTLD_NOW: a library whose own dependencies do not fit fails here, with a sentence, and not at the first picture.
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    const char *reason = dlerror();
    opening->status = weft_image_library_not_opened;
    snprintf(opening->detail, sizeof opening->detail, "%s", reason ? reason : "the loader gave no reason");
  }
  return library;
}

#define LOOK_UP(field, name) look_up(library, name, &table->field, opening->detail, sizeof opening->detail)

static bool fill_png(struct weft_png *table, void *library, struct weft_image_library_opening *opening) {
  return LOOK_UP(begin_read, "png_image_begin_read_from_memory") && LOOK_UP(finish_read, "png_image_finish_read") &&
         LOOK_UP(write, "png_image_write_to_memory") && LOOK_UP(free, "png_image_free");
}

static bool fill_jpeg(struct weft_jpeg *table, void *library, struct weft_image_library_opening *opening) {
  return LOOK_UP(begin_read, "tjInitDecompress") && LOOK_UP(read_header, "tjDecompressHeader3") &&
         LOOK_UP(read, "tjDecompress2") && LOOK_UP(begin_write, "tjInitCompress") && LOOK_UP(write, "tjCompress2") &&
         LOOK_UP(greatest_byte_count, "tjBufSize") && LOOK_UP(end, "tjDestroy") &&
         LOOK_UP(error_text, "tjGetErrorStr2");
}

#define OPEN(type, fill)                                                                                               \
  void *library = load(name, opening);                                                                                 \
  if (library == NULL) return NULL;                                                                                    \
  struct type *table = calloc(1, sizeof *table);                                                                       \
  if (table != NULL && fill(table, library, opening)) return table;                                                    \
  if (table == NULL) snprintf(opening->detail, sizeof opening->detail, "memory");                                      \
  opening->status = weft_image_library_wrong;                                                                          \
  free(table);                                                                                                         \
  dlclose(library);                                                                                                    \
  return NULL

const struct weft_png *weft_png_open(const char *name, struct weft_image_library_opening *opening) {
  OPEN(weft_png, fill_png);
}

const struct weft_jpeg *weft_jpeg_open(const char *name, struct weft_image_library_opening *opening) {
  OPEN(weft_jpeg, fill_jpeg);
}
