// SPDX-License-Identifier: Apache-2.0

#include "library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

void *weft_library_open(
    const char *name, const struct weft_symbol *symbols, size_t count, struct weft_library_detail *detail) {
  // RTLD_NOW: a library whose own dependencies do not fit fails here, with a sentence, and not in the middle of a file.
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    const char *reason = dlerror();
    snprintf(detail->text, sizeof detail->text, "%s", reason ? reason : "the loader gave no reason");
    return NULL;
  }
  for (size_t k = 0; k < count; k++) {
    void *address = dlsym(library, symbols[k].name);
    if (address == NULL) {
      snprintf(detail->text, sizeof detail->text, "%s lacks %s", name, symbols[k].name);
      dlclose(library);
      return NULL;
    }
    // POSIX promises that `dlsym`'s object pointer holds a function's address; `memcpy` says so without a cast.
    memcpy(symbols[k].slot, &address, sizeof address);
  }
  return library;
}
