// SPDX-License-Identifier: Apache-2.0

#include "library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

// H5G_info_t.
struct group_info {
  int storage_type;
  uint64_t link_count;
  int64_t most_order;
  bool is_mounted;
};

// A link to another file is a path that someone else chose: it is not followed.
static int refuse_external(
    const char *parent_file, const char *parent_group, const char *child_file, const char *child_object,
    unsigned *flags, weft_hid properties, void *data) {
  (void)parent_file, (void)parent_group, (void)child_file, (void)child_object, (void)flags, (void)properties;
  (void)data;
  return -1;
}

int64_t weft_hdf5_link_count(const struct weft_hdf5 *table, weft_hid group) {
  struct group_info info = {0};
  return table->group_info(group, &info) < 0 || info.link_count > INT32_MAX ? -1 : (int64_t)info.link_count;
}

// Files are only read, and not locked: some file systems have no locks, and a child between `fork` and `exec` may hold
// a writer's lock on a file that is complete. Since 1.10.7; before, HDF5 locks.
static weft_hid file_properties(void *library, weft_hid (*create)(weft_hid), const weft_hid *property_class) {
  weft_hid properties = create(*property_class);
  void *address = dlsym(library, "H5Pset_file_locking");
  if (properties >= 0 && address != NULL) {
    int (*set_locking)(weft_hid, bool, bool);
    memcpy(&set_locking, &address, sizeof address);
    set_locking(properties, false, true);
  }
  return properties;
}

bool weft_hdf5_open(const char *name, struct weft_hdf5 *table, struct weft_library_detail *detail) {
  *detail = (struct weft_library_detail){0};
  int (*start)(void);
  int (*version)(unsigned *, unsigned *, unsigned *);
  int (*silence)(weft_hid, void *, void *);
  int (*allow_plugins)(unsigned);
  weft_hid (*create_properties)(weft_hid);
  int (*set_link_callback)(weft_hid, void *, void *);
  int (*set_chunk_cache)(weft_hid, size_t slots, size_t bytes, double preemption);
  weft_hid *float64, *float32, *link_class, *dataset_class, *file_class;
  const struct weft_symbol symbols[] = {
      {"H5open", &start},
      {"H5get_libversion", &version},
      {"H5Eset_auto2", &silence},
      {"H5PLset_loading_state", &allow_plugins},
      {"H5Pcreate", &create_properties},
      {"H5Pset_elink_cb", &set_link_callback},
      {"H5T_NATIVE_DOUBLE_g", &float64},
      {"H5T_NATIVE_FLOAT_g", &float32},
      {"H5P_CLS_LINK_ACCESS_ID_g", &link_class},
      {"H5P_CLS_DATASET_ACCESS_ID_g", &dataset_class},
      {"H5P_CLS_FILE_ACCESS_ID_g", &file_class},
      {"H5Pset_chunk_cache", &set_chunk_cache},
      {"H5Dopen2", &table->open_dataset},
      {"H5Fopen", &table->open_file},
      {"H5Fclose", &table->close_file},
      {"H5Oopen", &table->open_object},
      {"H5Oclose", &table->close_object},
      {"H5Iget_type", &table->object_type},
      {"H5Gget_info", &table->group_info},
      {"H5Lget_name_by_idx", &table->link_name},
      {"H5Dget_space", &table->dataset_space},
      {"H5Dget_type", &table->dataset_type},
      {"H5Dget_create_plist", &table->dataset_properties},
      {"H5Dread", &table->read},
      {"H5Pget_layout", &table->layout},
      {"H5Pget_external_count", &table->external_count},
      {"H5Pclose", &table->close_properties},
      {"H5Screate_simple", &table->create_space},
      {"H5Sget_simple_extent_type", &table->space_class},
      {"H5Sget_simple_extent_ndims", &table->rank},
      {"H5Sget_simple_extent_dims", &table->sides},
      {"H5Sselect_hyperslab", &table->select},
      {"H5Sclose", &table->close_space},
      {"H5Tget_class", &table->type_class},
      {"H5Tget_size", &table->type_size},
      {"H5Tget_order", &table->type_order},
      {"H5Tclose", &table->close_type},
  };
  void *library = weft_library_open(name, symbols, sizeof symbols / sizeof *symbols, detail);
  if (library == NULL) return false;
  unsigned major = 0, minor = 0, release = 0;
  if (version(&major, &minor, &release) < 0 || (major == 1 && minor < 10)) {
    snprintf(detail->text, sizeof detail->text, "%s is HDF5 %u.%u; 1.10 or later is called", name, major, minor);
    return false;
  }
  // Errors are told by our own sentences, not printed to standard error; filters come with the library, not from files
  // that a variable of the environment names.
  if (start() < 0 || silence(0, NULL, NULL) < 0 ||
      (table->file_access = file_properties(library, create_properties, file_class)) < 0 || allow_plugins(0) < 0 ||
      (table->link_properties = create_properties(*link_class)) < 0 ||
      set_link_callback(table->link_properties, (void *)refuse_external, NULL) < 0 ||
      (table->dataset_access = create_properties(*dataset_class)) < 0 ||
      set_link_callback(table->dataset_access, (void *)refuse_external, NULL) < 0 ||
      set_chunk_cache(table->dataset_access, 12421, 64 << 20, 1.0) < 0) {
    snprintf(detail->text, sizeof detail->text, "%s does not start", name);
    return false;
  }
  table->float64 = *float64;
  table->float32 = *float32;
  return true;
}
