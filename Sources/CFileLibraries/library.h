// SPDX-License-Identifier: Apache-2.0
// Opening a shared library and filling a table of its functions. Used by each of the libraries here.

#ifndef WEFT_LIBRARY_H
#define WEFT_LIBRARY_H

#include "include/CFileLibraries.h"

struct weft_symbol {
  const char *name;
  void *slot;  // a function pointer, or a pointer to an object, inside the table
};

// Opens `name` and stores the address of each symbol; NULL, with the reason, where one is missing. The library stays
// open.
void *weft_library_open(
    const char *name, const struct weft_symbol *symbols, size_t count, struct weft_library_detail *detail);

#endif
