// SPDX-License-Identifier: Apache-2.0
//
// The AVX2 table: four doubles a register.
#pragma STDC FP_CONTRACT OFF
#include "CKernels.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK_LANES 4
#define CK_NAME(x) ck_avx2_##x##_kernel
#define CK_TABLE_NAME "avx2"
#define CK_SLEEF(function, accuracy) Sleef_finz_##function##d4_##accuracy##avx2
#include "body.inc"
#pragma clang attribute pop

const ck_table *ck_avx2_table(void) {
  const bool runs = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return runs ? &CK_NAME(table) : NULL;
}
