// SPDX-License-Identifier: Apache-2.0
//
// The benchmark's formulas as a person writes them by hand in C for speed: vector arithmetic, OpenMP over the rows, SLEEF's
// functions within 1 ulp. Compiled twice, LANES being 4 (-mavx2 -mfma) or 8 (-mavx512f). The compiler may contract a*b+c into fma
// and reassociates nothing, as it does by default.
#include "general.h"

#include <immintrin.h>
#include <sleef.h>

#if LANES == 8
typedef __m512d vector;
#define TABLE general_avx512
#define SLEEF(name) Sleef_##name##d8_u10avx512f
#define SQRT _mm512_sqrt_pd
#define STORE _mm512_storeu_pd
#define COLUMNS ((vector){0, 1, 2, 3, 4, 5, 6, 7})
#else
typedef __m256d vector;
#define TABLE general_avx2
#define SLEEF(name) Sleef_##name##d4_u10avx2
#define SQRT _mm256_sqrt_pd
#define STORE _mm256_storeu_pd
#define COLUMNS ((vector){0, 1, 2, 3})
#endif

#define EXP SLEEF(exp)
#define TANH SLEEF(tanh)
#define SIN SLEEF(sin)
#define COS SLEEF(cos)
#define ATAN2 SLEEF(atan2)
#define LOG SLEEF(log)

/// A function that fills a matrix with `expression` in the vectors i and j.
#define CASE(name, expression)                                     \
  static void name(double *matrix, long n) {                       \
    _Pragma("omp parallel for schedule(static)")                   \
    for (long row = 0; row < n; ++row) {                           \
      vector i = (double)row - (vector){0}, j = COLUMNS;           \
      for (long column = 0; column < n; column += LANES) {         \
        STORE(matrix + row * n + column, expression);              \
        j += (double)LANES;                                        \
      }                                                            \
    }                                                              \
  }

CASE(headline, SIN(i * j) * COS(i + j))
CASE(exponential, EXP(-SQRT(i * j + 1.0) / 50.0) * TANH(i * 0.01 - j * 0.02))
CASE(gauss, EXP(-((i - 500.0) * (i - 500.0) + (j - 300.0) * (j - 300.0)) / 20000.0))
CASE(hilbert, 1.0 / (i + j + 1.0))
CASE(polynomial, i * i * 0.5 + 3.0 * i * j - j * j * j * 0.001 + 7.0)
CASE(wave, SIN(SQRT(i * i + j * j) * 0.1) / (1.0 + 0.01 * SQRT(i * i + j * j)))
CASE(arctangent, ATAN2(i - 0.5, j + 0.25) * LOG(1.0 + i * j))

const struct general_case TABLE[] = {
  {"headline", headline}, {"exp", exponential}, {"gauss", gauss}, {"hilbert", hilbert},
  {"poly", polynomial},   {"wave", wave},       {"atan2", arctangent}, {0},
};
