// SPDX-License-Identifier: Apache-2.0
//
// Digits by AVX-512: eight numbers a register.
#include "CTextKernels.h"
#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"))), apply_to = function)
#define CT_LANES 8
#define CT_GATHER(base, index) _mm512_i64gather_epi64((__m512i)(index), base, 8)
#define CT_MASK(lanes) _mm512_movepi64_mask((__m512i)(lanes))
#include "digits.inc"
#pragma clang attribute pop

ct_digits_kernel *ct_avx512_digits(void) {
  const bool runs = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return runs ? ct_kernel : NULL;
}
