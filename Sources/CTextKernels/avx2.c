// SPDX-License-Identifier: Apache-2.0
//
// Digits by AVX2: four numbers a register.
#include "CTextKernels.h"
#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CT_LANES 4
#define CT_GATHER(base, index) _mm256_i64gather_epi64((const long long *)(base), (__m256i)(index), 8)
#define CT_MASK(lanes) _mm256_movemask_pd((__m256d)(lanes))
#include "digits.inc"
#pragma clang attribute pop

ct_digits_kernel *ct_avx2_digits(void) {
  const bool runs = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return runs ? ct_kernel : NULL;
}
