// SPDX-License-Identifier: Apache-2.0
//
// The AVX-512 table: eight doubles a register.
#pragma STDC FP_CONTRACT OFF
#include "CKernels.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"))), apply_to = function)
#define CK_LANES 8
#define CK_NAME(x) ck_avx512_##x##_kernel
#define CK_TABLE_NAME "avx512"
#define CK_SLEEF(function, accuracy) Sleef_finz_##function##d8_##accuracy##avx512f
#include "body.inc"
#pragma clang attribute pop

const ck_table *ck_avx512_table(void) {
  const bool runs = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return runs ? &CK_NAME(table) : NULL;
}
