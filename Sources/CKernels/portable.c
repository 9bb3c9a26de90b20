// SPDX-License-Identifier: Apache-2.0
//
// The portable table: one double at a time, the oracle of the others.
#pragma STDC FP_CONTRACT OFF
#include "CKernels.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("fma"))), apply_to = function)
#define CK_LANES 1
#define CK_NAME(x) ck_portable_##x##_kernel
#define CK_TABLE_NAME "portable"
#define CK_SLEEF(function, accuracy) Sleef_finz_##function##d1_##accuracy##purecfma
#include "body.inc"
#pragma clang attribute pop

const ck_table *ck_portable_table(void) {
  const bool runs = __builtin_cpu_supports("fma");
  return runs ? &CK_NAME(table) : NULL;
}
