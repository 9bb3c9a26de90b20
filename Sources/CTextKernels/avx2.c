// SPDX-License-Identifier: Apache-2.0
//
// Text by AVX2: four numbers a register.
#include "CTextKernels.h"
#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
#define CT_LANES 4
#define CT_GATHER(base, index) _mm256_i64gather_epi64((const long long *)(base), (__m256i)(index), 8)
#define CT_MASK(lanes) _mm256_movemask_pd((__m256d)(lanes))
#include "lanes.inc"
#include "digits.inc"
#include "text.inc"
#include "numbers.inc"
#pragma clang attribute pop

const ct_table *ct_avx2_table(void) {
  static const ct_table table = {"avx2", ct_digits_kernel, ct_text_kernel, ct_number_kernel};
  const bool runs = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                    __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("lzcnt") && __builtin_cpu_supports("popcnt");
  return runs ? &table : NULL;
}
