// SPDX-License-Identifier: Apache-2.0
//
// Opens OpenBLAS and fills the table of its routines. Called once a process by `BLASLibrary`, and by tests with the
// names of libraries that are missing or are something else.

#include "COpenBLAS.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char core_type_variable[] = "OPENBLAS_CORETYPE";
static pthread_mutex_t opening_lock = PTHREAD_MUTEX_INITIALIZER;

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

#define LOOK_UP(field, name) look_up(library, name, &table->field, detail, capacity)
#define LOOK_UP_CHOLESKY(family, letter)                                                                               \
  (LOOK_UP(family.potrf, letter "potrf_") && LOOK_UP(family.potrs, letter "potrs_") &&                                 \
   LOOK_UP(family.potri, letter "potri_") && LOOK_UP(family.pocon, letter "pocon_"))
#define LOOK_UP_QR(family, letter)                                                                                     \
  (LOOK_UP(family.geqrf, letter "geqrf_") && LOOK_UP(family.geqp3, letter "geqp3_") &&                                 \
   LOOK_UP(family.orgqr, letter "orgqr_") && LOOK_UP(family.ormqr, letter "ormqr_"))
#define LOOK_UP_TRIANGULAR(family, letter)                                                                             \
  (LOOK_UP(family.trtri, letter "trtri_") && LOOK_UP(family.trcon, letter "trcon_"))
#define LOOK_UP_SPECTRAL(family, letter)                                                                               \
  (LOOK_UP(family.gesdd, letter "gesdd_") && LOOK_UP(family.gesvd, letter "gesvd_") &&                                 \
   LOOK_UP(family.syevd, letter "syevd_") && LOOK_UP(family.geev, letter "geev_") &&                                   \
   LOOK_UP(family.gees, letter "gees_") && LOOK_UP(family.trsyl, letter "trsyl_"))
#define LOOK_UP_ROUTINES(type, letter)                                                                                 \
  (LOOK_UP(type.gemm, "cblas_" letter "gemm") && LOOK_UP(type.gemv, "cblas_" letter "gemv") &&                         \
   LOOK_UP(type.trsm, "cblas_" letter "trsm") && LOOK_UP(type.trmm, "cblas_" letter "trmm") &&                         \
   LOOK_UP(type.syrk, "cblas_" letter "syrk") && LOOK_UP(type.swap, "cblas_" letter "swap") &&                         \
   LOOK_UP(type.getrf, letter "getrf_") && LOOK_UP(type.getrs, letter "getrs_") &&                                     \
   LOOK_UP(type.getri, letter "getri_") && LOOK_UP(type.gecon, letter "gecon_") &&                                     \
   LOOK_UP_CHOLESKY(type.cholesky, letter) && LOOK_UP_QR(type.qr, letter) &&                                           \
   LOOK_UP(type.least_squares.gelsd, letter "gelsd_") && LOOK_UP_TRIANGULAR(type.triangular, letter) &&                 \
   LOOK_UP_SPECTRAL(type.spectral, letter))

static bool fill(struct weft_openblas *table, void *library, char *detail, size_t capacity) {
  return LOOK_UP(get_config, "openblas_get_config") && LOOK_UP(get_corename, "openblas_get_corename") &&
         LOOK_UP(get_parallel, "openblas_get_parallel") && LOOK_UP(get_num_threads, "openblas_get_num_threads") &&
         LOOK_UP(set_num_threads, "openblas_set_num_threads") && LOOK_UP_ROUTINES(float64, "d") &&
         LOOK_UP_ROUTINES(float32, "s");
}

// OpenBLAS and the OpenMP that it may bring along read their variables in constructors, which run inside `dlopen`, and never
// again. So a variable is set for that call only, and never over the user's own.
struct setting {
  const char *variable, *value;
  bool is_set;
};

static void set(struct setting *setting) {
  setting->is_set =
      setting->value != NULL && getenv(setting->variable) == NULL && setenv(setting->variable, setting->value, 0) == 0;
}

static void unset(const struct setting *setting) {
  if (setting->is_set) unsetenv(setting->variable);
}

static void *load(const char *name, const char *core_type, enum weft_core_type_source *source) {
  struct setting core = {.variable = core_type_variable, .value = core_type};
  // Idle threads spin until their time is up, and hold CPUs that the engine's workers want, or another program: 2^28 cycles
  // (0.13 s) by OpenBLAS's default, 2^20 (0.5 ms) here. libgomp's turn hurts within one factorization, where other
  // programs run: LU of order 1000 on two busy CPUs took 0.4 to 2 s, with a shorter count 0.25 to 0.37.
  struct setting patience = {.variable = "OPENBLAS_THREAD_TIMEOUT", .value = "20"};
  struct setting spins = {.variable = "GOMP_SPINCOUNT", .value = getenv("OMP_WAIT_POLICY") ? NULL : "10000"};
  bool by_user = getenv(core_type_variable) != NULL;
  set(&core);
  set(&patience);
  set(&spins);
  *source = by_user ? weft_core_type_by_user : core.is_set ? weft_core_type_by_weft : weft_core_type_by_openblas;
  // RTLD_NOW: a library whose own dependencies do not fit fails here, with a sentence, and not at the first product.
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  unset(&core);
  unset(&patience);
  unset(&spins);
  return library;
}

static void open_locked(const char *name, const char *core_type, struct weft_openblas_opening *opening) {
  void *library = load(name, core_type, &opening->core_type_source);
  if (library == NULL) {
    const char *reason = dlerror();
    opening->status = weft_openblas_not_opened;
    snprintf(opening->detail, sizeof opening->detail, "%s", reason ? reason : "the loader gave no reason");
    return;
  }
  struct weft_openblas *table = calloc(1, sizeof *table);
  if (table == NULL) {
    opening->status = weft_openblas_out_of_memory;
  } else if (!fill(table, library, opening->detail, sizeof opening->detail)) {
    opening->status = weft_openblas_not_openblas;
  } else if (strstr(table->get_config(), "USE64BITINT") != NULL) {
    opening->status = weft_openblas_wide_integers;
    snprintf(opening->detail, sizeof opening->detail, "%s", table->get_config());
  } else {
    opening->table = table;
    return;
  }
  free(table);
  dlclose(library);
}

void weft_openblas_open(const char *library, const char *core_type, struct weft_openblas_opening *opening) {
  *opening = (struct weft_openblas_opening){.status = weft_openblas_opened};
  pthread_mutex_lock(&opening_lock);
  open_locked(library, core_type, opening);
  pthread_mutex_unlock(&opening_lock);
}
