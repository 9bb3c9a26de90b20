// SPDX-License-Identifier: Apache-2.0
//
// HDF5 as a table of the functions that reading a dataset needs, as the headers of 1.10 and later declare them: `hid_t`
// has 64 bits there. Negative results are failures. The library is not thread-safe: its caller takes turns.

#ifndef WEFT_HDF5_H
#define WEFT_HDF5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// For Swift: nothing here changes after it was filled.
#define WEFT_SENDABLE __attribute__((swift_attr("@Sendable")))

typedef int64_t weft_hid;

enum { weft_hdf5_space_scalar = 0, weft_hdf5_space_simple = 1 };
enum { weft_hdf5_object_group = 2, weft_hdf5_object_dataset = 5 };
enum { weft_hdf5_class_integer = 0, weft_hdf5_class_float = 1 };
enum { weft_hdf5_order_big = 1, weft_hdf5_layout_virtual = 3 };

struct WEFT_SENDABLE weft_hdf5 {
  weft_hid (*WEFT_SENDABLE open_file)(const char *path, unsigned flags, weft_hid properties);
  int (*WEFT_SENDABLE close_file)(weft_hid);
  weft_hid (*WEFT_SENDABLE open_object)(weft_hid place, const char *name, weft_hid properties);
  weft_hid (*WEFT_SENDABLE open_dataset)(weft_hid place, const char *name, weft_hid access);
  int (*WEFT_SENDABLE close_object)(weft_hid);
  int (*WEFT_SENDABLE object_type)(weft_hid);
  int (*WEFT_SENDABLE group_info)(weft_hid group, void *info);
  intptr_t (*WEFT_SENDABLE link_name)(
      weft_hid place, const char *group, int index, int order, uint64_t n, char *name, size_t capacity,
      weft_hid properties);
  weft_hid (*WEFT_SENDABLE dataset_space)(weft_hid);
  weft_hid (*WEFT_SENDABLE dataset_type)(weft_hid);
  weft_hid (*WEFT_SENDABLE dataset_properties)(weft_hid);
  int (*WEFT_SENDABLE read)(
      weft_hid dataset, weft_hid memory_type, weft_hid memory_space, weft_hid file_space, weft_hid properties,
      void *elements);
  int (*WEFT_SENDABLE layout)(weft_hid properties);
  int (*WEFT_SENDABLE external_count)(weft_hid properties);
  int (*WEFT_SENDABLE close_properties)(weft_hid);
  weft_hid (*WEFT_SENDABLE create_space)(int rank, const uint64_t *sides, const uint64_t *most);
  int (*WEFT_SENDABLE space_class)(weft_hid);
  int (*WEFT_SENDABLE rank)(weft_hid space);
  int (*WEFT_SENDABLE sides)(weft_hid space, uint64_t *sides, uint64_t *most);
  int (*WEFT_SENDABLE select)(
      weft_hid space, int operation, const uint64_t *start, const uint64_t *stride, const uint64_t *count,
      const uint64_t *block);
  int (*WEFT_SENDABLE close_space)(weft_hid);
  int (*WEFT_SENDABLE type_class)(weft_hid);
  size_t (*WEFT_SENDABLE type_size)(weft_hid);
  int (*WEFT_SENDABLE type_order)(weft_hid);
  int (*WEFT_SENDABLE close_type)(weft_hid);

  // Types of the machine, and properties under which links into other files are not followed; those for datasets also
  // keep 64 MiB of unpacked chunks (HDF5's own 1 MiB keeps none of a larger chunk, which then is unpacked for each piece
  // of it that is read).
  weft_hid float64, float32, link_properties, dataset_access, file_access;
};

struct weft_library_detail;

// Opens HDF5 under this name and fills the table, for the life of the process; false with the reason.
bool weft_hdf5_open(const char *name, struct weft_hdf5 *table, struct weft_library_detail *detail);

// The number of links in a group; negative where there is none.
int64_t weft_hdf5_link_count(const struct weft_hdf5 *table, weft_hid group);

#endif
