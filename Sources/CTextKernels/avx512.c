// SPDX-License-Identifier: Apache-2.0
//
// Text by AVX-512: eight numbers a register.
#include "CTextKernels.h"
#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx512cd,avx2,fma,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
#define CT_LANES 8
#define CT_GATHER(base, index) _mm512_i64gather_epi64((__m512i)(index), base, 8)
#define CT_MASK(lanes) _mm512_movepi64_mask((__m512i)(lanes))
#include "lanes.inc"
#include "digits.inc"
#include "text.inc"
#include "numbers.inc"
#pragma clang attribute pop

const ct_table *ct_avx512_table(void) {
  static const ct_table table = {"avx512", ct_digits_kernel, ct_text_kernel, ct_number_kernel};
  const bool runs = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("lzcnt") &&
                    __builtin_cpu_supports("popcnt");
  return runs ? &table : NULL;
}
