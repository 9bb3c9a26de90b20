// SPDX-License-Identifier: Apache-2.0
//
// Elementary functions in pair arithmetic: an unevaluated sum of two doubles, |low| <= ulp(high)/2, about 105 bits. The
// few series here are summed term by term until they are far below the last bit wanted: short and easy to check
// instead of fast. Every result is rounded once, so its error is 0.5 ulp and some 2^-30 of one (MPFR agrees:
// ElementaryAccuracyTests).
#pragma STDC FP_CONTRACT OFF
#include "careful.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("fma"))), apply_to = function)

typedef struct {
  double high, low;
} pair;

static const pair ln_2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
static const double ln_2_rest = 0x1.7b57a079a1934p-111;
static const pair pi = {0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53};
static const pair square_root_of_pi = {0x1.c5bf891b4ef6bp+0, -0x1.618f13eb7ca89p-54};
static const pair half_log_2_pi = {0x1.d67f1c864beb5p-1, -0x1.65b5a1b7ff5dfp-55};

// MARK: Pair arithmetic (Dekker, Knuth). Errors relative to the result: below 2^-102 each, sums of opposite sign apart.

static pair pair_of(double x) { return (pair){x, 0}; }

/// Exact, for |a| >= |b| or a = 0.
static pair quick_sum(double a, double b) {
  const double high = a + b;
  return (pair){high, b - (high - a)};
}

/// Exact.
static pair exact_sum(double a, double b) {
  const double high = a + b, part = high - a;
  return (pair){high, (a - (high - part)) + (b - part)};
}

static pair add(pair a, pair b) {
  const pair s = exact_sum(a.high, b.high), t = exact_sum(a.low, b.low), u = quick_sum(s.high, s.low + t.high);
  return quick_sum(u.high, u.low + t.low);
}

static pair negate(pair a) { return (pair){-a.high, -a.low}; }

static pair multiply(pair a, pair b) {
  const double high = a.high * b.high;
  return quick_sum(high, __builtin_fma(a.high, b.high, -high) + (a.high * b.low + a.low * b.high));
}

static pair divide(pair a, pair b) {
  const double q = a.high / b.high;
  const pair rest = add(a, negate(multiply(b, pair_of(q))));
  return quick_sum(q, (rest.high + rest.low) / b.high);
}

static pair quotient(double a, double b) { return divide(pair_of(a), pair_of(b)); }

/// 2^n for -1022 <= n <= 1023.
static double power_of_2(int n) {
  const uint64_t bits = (uint64_t)(n + 1023) << 52;
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/// x 2^n rounded once; x in [1/4, 4], -1200 < n < 1200. Where that is subnormal, adding 2^52 of its units makes the sum
/// round there, the tail included.
static double round_scaled(pair x, int n) {
  double rounded = x.high + x.low;
  if (n < -1019 && x.high < power_of_2(-1022 - n)) {
    const double shift = power_of_2(52 - 1074 - n);
    const pair s = exact_sum(shift, x.high);
    rounded = (s.high + (s.low + x.low)) - shift;
  }
  return rounded * power_of_2(n / 2) * power_of_2(n - n / 2);
}

// MARK: Functions of pairs

/// log x, x > 0, from x = 2^e m, m in [0.7, 1.42], and log m = 2 artanh s = 2 (s + s³/3 + s⁵/5 + …), s = (m-1)/(m+1).
/// |s| < 0.18: 23 terms leave 2^-117 of the sum. Relative error below 2^-98, near 1 too, as m - 1 is exact there.
static pair log_of(pair x) {
  int e = 0;
  if (x.high < 0x1p-1000) {
    x = (pair){x.high * 0x1p200, x.low * 0x1p200};
    e = -200;
  }
  uint64_t bits;
  memcpy(&bits, &x.high, sizeof bits);
  int k = (int)(bits >> 52) - 1023;
  bits = (bits & 0x000fffffffffffffu) | 0x3ff0000000000000u;
  double m;
  memcpy(&m, &bits, sizeof m);
  const double scale = m > 1.4140625 ? 0.5 : 1;
  const double low = k > 1000 ? x.low * 0x1p-1000 * power_of_2(1000 - k) : x.low * power_of_2(-k);
  if (scale < 1) k++;
  const pair reduced = {m * scale, low * scale};
  const pair s = divide(add(reduced, pair_of(-1)), add(reduced, pair_of(1))), square = multiply(s, s);
  pair series = pair_of(0);
  for (int n = 47; n >= 1; n -= 2) series = add(multiply(series, square), quotient(1, n));
  const pair log_m = multiply(s, (pair){2 * series.high, 2 * series.low});
  return add(multiply(ln_2, pair_of(k + e)), log_m);
}

/// e^x = m 2^n: |x| < 800, m in [0.7, 1.42]. x - n log 2 is at most 0.35 and good to 2^-104; its series to x^26/26!
/// leaves 2^-126.
static pair exp_of(pair x, int *n) {
  const double k = __builtin_rint(x.high * 0x1.71547652b82fep+0);
  const double high = k * ln_2.high, low = k * ln_2.low;
  pair r = add(x, (pair){-high, -__builtin_fma(k, ln_2.high, -high)});
  r = add(r, (pair){-low, -__builtin_fma(k, ln_2.low, -low) - k * ln_2_rest});
  pair series = pair_of(1);
  for (int i = 26; i >= 1; i--) series = add(pair_of(1), multiply(series, divide(r, pair_of(i))));
  *n = (int)k;
  return series;
}

/// sin πx for 0 < x <= 1/2: z - z³/3! + … to z³³/33!, which leaves 2^-110.
static pair sinpi_of(double x) {
  const pair z = multiply(pi, pair_of(x)), square = multiply(z, z);
  pair series = pair_of(1);
  for (int i = 32; i >= 2; i -= 2)
    series = add(pair_of(1), negate(multiply(series, divide(square, pair_of((double)i * (i + 1))))));
  return multiply(z, series);
}

/// log Γ(1 - x) for 1 - x > 0: Stirling's series at 1 - x + shift >= 24, where B₂ₙ/(2n(2n-1)) y^(1-2n) falls below
/// 2^-108 by the fifteenth term; Γ(y + 1) = y Γ(y) leads back. Absolute error below 2^-97 where 1 - x < 200.
static pair log_gamma_reflected(double x) {
  // B₂ₙ/(2n(2n-1)), exact as quotients.
  static const double numerators[] = {
    1, -1, 1, -1, 1, -691, 1, -3617, 43867, -174611, 77683, -236364091, 657931, -3392780147.0, 1723168255201.0};
  static const double denominators[] = {
    12, 360, 1260, 1680, 1188, 360360, 156, 122400, 244188, 125400, 5796, 1506960, 300, 93960, 2492028};
  pair y = exact_sum(1, -x), shifted = pair_of(1);
  while (y.high < 24) {
    shifted = multiply(shifted, y);
    y = add(y, pair_of(1));
  }
  const pair inverse = divide(pair_of(1), y), square = multiply(inverse, inverse);
  pair series = pair_of(0);
  for (int n = 14; n >= 0; n--) series = add(multiply(series, square), quotient(numerators[n], denominators[n]));
  const pair main = add(multiply(add(y, pair_of(-0.5)), log_of(y)), negate(y));
  const pair stirling = add(add(main, half_log_2_pi), multiply(series, inverse));
  return add(stirling, negate(log_of(shifted)));
}

/// log |Γ(x)| for x < 0, no integer: reflection, Γ(x) Γ(1-x) = π / sin πx. Absolute error below 2^-96 for x > -200.
static pair log_gamma_negative(double x) {
  const double distance = __builtin_fabs(x - __builtin_rint(x));
  return add(log_of(divide(pi, sinpi_of(distance))), negate(log_gamma_reflected(x)));
}

// MARK: What elementary.inc calls

/// e^|x| / 2.
static double half_exp(double x) {
  if (__builtin_fabs(x) > 711) return INFINITY;
  int n;
  const pair m = exp_of(pair_of(__builtin_fabs(x)), &n);
  return round_scaled(m, n - 1);
}

double ck_careful_sinh(double x) { return __builtin_copysign(half_exp(x), x); }
double ck_careful_cosh(double x) { return half_exp(x); }

/// log 2x; what asinh and acosh differ by is 1/4x².
double ck_careful_acosh(double x) {
  if (!(x < INFINITY)) return x;
  const pair l = add(log_of(pair_of(x)), ln_2);
  return l.high + l.low;
}

double ck_careful_asinh(double x) { return __builtin_copysign(ck_careful_acosh(__builtin_fabs(x)), x); }

double ck_careful_pow(double x, double y) {
  const int odd = __builtin_fabs(y) < 0x1p53 && ((int64_t)y & 1);
  const double sign = x < 0 && odd ? -1 : 1;
  // Far beyond overflow needs no logarithm: 2^k <= |x| < 2^(k+1) (k is not above -1023 where |x| is subnormal).
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  const double k = (double)(int)(bits >> 52 & 0x7ff) - 1023;
  if (y * (y > 0 ? k : k + 1) > 1030) return sign * INFINITY;
  const pair l = log_of(pair_of(__builtin_fabs(x)));
  if (l.high * y > 710) return sign * INFINITY;
  int n;
  const pair m = exp_of(multiply(l, pair_of(y)), &n);
  return sign * round_scaled(m, n);
}

double ck_careful_tgamma(double x) {
  int n;
  if (x > 0) {
    if (x > 172) return INFINITY;
    const pair m = exp_of(log_gamma_reflected(1 - x), &n); // 1 - x is exact
    return round_scaled(m, n);
  }
  const double below = __builtin_floor(x);
  if (below == x) return NAN; // a pole, and -infinity and all |x| >= 2^52
  const double sign = (int64_t)below & 1 ? -1 : 1;
  if (x < -190) return sign * 0.0;
  const pair m = exp_of(log_gamma_negative(x), &n);
  return sign * round_scaled(m, n);
}

/// Near a zero z, reflection cancels: log |Γ(x)| = c (x - z) + d (x - z)² there, c = ψ(z), d = ψ'(z)/2. The table holds
/// z to 160 bits, c and d, for every zero whose nearest doubles give less than 2^-38; those further left are nowhere
/// near a double. Made with mpmath, 90 digits.
double ck_careful_lgamma(double x) {
  if (x > 0) { // x (log x - 1), a large x's log Γ; 2^20 in reserve against overflow on the way
    if (x == INFINITY) return x;
    const pair l = multiply(pair_of(x * 0x1p-20), add(log_of(pair_of(x)), pair_of(-1)));
    return (l.high + l.low) * 0x1p20;
  }
  static const struct {
    double zero, zero_low, zero_rest, slope, slope_low, half_curvature;
  } zeros[] = {
    {-0x1.3a7fc9600f86cp+1, -0x1.55f64f98af8d0p-55, -0x1.c4b0cd201366ap-110,
     0x1.83fe966af535fp+0, -0x1.775909a36a6a4p-55, 0x1.36eebb002f55dp+2},
    {-0x1.5fb410a1bd901p+1, 0x1.a19a96d2e6f85p-54, 0x1.140b4ff4b7d60p-108,
     -0x1.ea12da904b18cp+0, -0x1.220130f99b2cfp-54, 0x1.3267f3c265a52p+3},
    {-0x1.9260dbc9e59afp+1, -0x1.f717cd335a7b3p-53, -0x1.d32a2a65bfd63p-107,
     0x1.f20a65f2fac55p+2, -0x1.1d258e4b0be84p-53, 0x1.9d4d2977150efp+4},
    {-0x1.fa471547c2fe5p+1, -0x1.70d4561291237p-56, 0x1.9e6fadbbc171ap-111,
     -0x1.4b99d966c5647p+4, 0x1.9cba2450afff3p-50, 0x1.f76deae0436bep+7},
    {-0x1.0284e78599581p+2, 0x1.e78c1e9e43cfep-53, -0x1.2ac17bfd6be92p-108,
     0x1.aca5cf4921642p+4, 0x1.a46a2e0d8fe10p-51, 0x1.44415cd813f8ep+8},
    {-0x1.3f7577a6eeafdp+2, 0x1.5de5eab7f12cfp-53, -0x1.4075f5e0494a2p-110,
     -0x1.d224a3ef9e41fp+6, -0x1.9be272a13babcp-48, 0x1.b533c678a3956p+12},
    {-0x1.4086a57f0b6d9p+2, -0x1.95262b72ca9cap-55, -0x1.bd98d5e0861aap-109,
     0x1.ed72e0829ae02p+6, -0x1.fdc1859aea473p-50, 0x1.cecc32ec22f9bp+12},
    {-0x1.7fe92f591f40dp+2, -0x1.7dd4ed62cbd32p-52, 0x1.2071c071a2146p-108,
     -0x1.661f6a43a5e12p+9, -0x1.0c437b83bc0e6p-45, 0x1.f79dcb794f26fp+17},
    {-0x1.8016b25897c8dp+2, 0x1.27e0f49a4ba72p-54, -0x1.72e1ab15a4d03p-110,
     0x1.69de49e3af2aap+9, 0x1.954b690943b33p-47, 0x1.fce23484cfd10p+17},
    {-0x1.bffcbf76b86f0p+2, 0x1.853b29347b806p-57, -0x1.0fa018051dd41p-111,
     -0x1.3abf7a5cea91bp+12, -0x1.8257b8abd0511p-42, 0x1.8349a2550422dp+23},
    {-0x1.c0033fdedfe1fp+2, 0x1.20bb7d2324678p-52, 0x1.f5536678d69d3p-106,
     0x1.3b407aa387bd1p+12, 0x1.da1e57343b1efp-43, 0x1.83e85daafbad6p+23},
    {-0x1.ffff97f8159cfp+2, -0x1.e54f415a91586p-55, -0x1.53a5d106f9a3ep-109,
     -0x1.3af76fe4c2fabp+15, -0x1.7cc92f0b996a5p-40, 0x1.838e76caaf123p+29},
  };
  for (size_t k = 0; k < sizeof zeros / sizeof *zeros; k++) {
    const double distance = x - zeros[k].zero;
    if (!(__builtin_fabs(distance * zeros[k].slope) < 0x1p-30)) continue;
    const pair d = add(exact_sum(distance, -zeros[k].zero_low), pair_of(-zeros[k].zero_rest));
    const pair slope = {zeros[k].slope, zeros[k].slope_low};
    const pair value = multiply(d, add(slope, pair_of(d.high * zeros[k].half_curvature)));
    return value.high + value.low;
  }
  const pair value = log_gamma_negative(x);
  return value.high + value.low;
}

/// e^(-x²)/(x√π) · (1 - w + 3w² - 15w³ + …), w = 1/2x² < 0.00075: twelve terms leave 2^-85.
double ck_careful_erfc(double x) {
  const double square = x * x, square_low = __builtin_fma(x, x, -square);
  const double w = 0.5 / square;
  double series = 1;
  for (int k = 23; k >= 3; k -= 2) series = 1 - k * w * series;
  const pair factor = quick_sum(1, -w * series);
  int n;
  const pair m = exp_of((pair){-square, -square_low}, &n);
  // 1/x in [0.036, 0.039]: times 32, so that the product is in round_scaled's range.
  return round_scaled(divide(multiply(m, factor), multiply(square_root_of_pi, pair_of(x * 0x1p-5))), n - 5);
}

double ck_careful_fmod_floored(double x, double y) {
  if (!(__builtin_fabs(x) < INFINITY) || !(__builtin_fabs(y) > 0)) return NAN; // before fmod could set errno
  const double r = fmod(x, y); // exact
  if (r == 0) return __builtin_copysign(0.0, y);
  return (r < 0) != (y < 0) ? r + y : r;
}

#pragma clang attribute pop
