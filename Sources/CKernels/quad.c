// SPDX-License-Identifier: Apache-2.0
//
// The language's functions in IEEE quadruple precision, one value at a time: glibc's (all off by a few units in the
// last of 113 bits at most) and the compiler's arithmetic. What formulas that are rounded once are defined by. Slow, a
// microsecond a function, and meant for the few elements that nothing else decides, for tables and for tests.
// (Rejected: libquadmath, the same functions in one more library; MPFR, exact in all cases and 20 times slower.)
#include "CKernels.h"
#include <string.h>

typedef __float128 quad;
_Static_assert(sizeof(quad) == sizeof(ck_quad), "binary128");

// By hand: glibc declares them for _Float128, which clang does not have on this machine.
#define CK_QUAD_1(name) extern quad name##f128(quad);
#define CK_QUAD_2(name) extern quad name##f128(quad, quad);
CK_QUAD_1(sin) CK_QUAD_1(cos) CK_QUAD_1(tan) CK_QUAD_1(asin) CK_QUAD_1(acos) CK_QUAD_1(atan) CK_QUAD_1(sinh)
CK_QUAD_1(cosh) CK_QUAD_1(tanh) CK_QUAD_1(asinh) CK_QUAD_1(acosh) CK_QUAD_1(atanh) CK_QUAD_1(exp) CK_QUAD_1(exp2)
CK_QUAD_1(exp10) CK_QUAD_1(expm1) CK_QUAD_1(log) CK_QUAD_1(log2) CK_QUAD_1(log10) CK_QUAD_1(log1p) CK_QUAD_1(cbrt)
CK_QUAD_1(tgamma) CK_QUAD_1(erf) CK_QUAD_1(erfc) CK_QUAD_1(sqrt) CK_QUAD_1(floor) CK_QUAD_1(ceil) CK_QUAD_1(round)
CK_QUAD_1(trunc)
CK_QUAD_2(atan2) CK_QUAD_2(pow) CK_QUAD_2(hypot) CK_QUAD_2(fmod) CK_QUAD_2(copysign)
extern quad fmaf128(quad, quad, quad);
extern quad lgammaf128_r(quad, int *);

static quad unpacked(ck_quad x) {
  quad q;
  memcpy(&q, &x, sizeof q);
  return q;
}
static ck_quad packed(quad q) {
  ck_quad x;
  memcpy(&x, &q, sizeof x);
  return x;
}

static bool is_negative(quad x) { return x == x && (packed(x).high >> 63) != 0; }

// π as the sum of three doubles, exact to 150 bits and so to the last of 113.
static quad pi(void) { return ((quad)0x1.f1976b7ed8fbcp-109 + (quad)0x1.1a62633145c07p-53) + (quad)0x1.921fb54442d18p+1; }

/// sin πx or cos πx. x modulo 2 is exact, and so is the distance to the nearest half: what π multiplies is at most 1/4.
static quad turn(quad x, bool is_cosine) {
  if (x - x != 0) return x - x; // infinite or no number
  quad rest = fmodf128(x, 2);
  int quarters = (int)roundf128(rest * 2);
  rest -= (quad)quarters / 2;
  if (!is_cosine && rest == 0 && quarters % 2 == 0) return copysignf128(0, x);
  switch ((quarters + (is_cosine ? 1 : 0)) & 3) {
  case 0: return sinf128(pi() * rest);
  case 1: return rest * 2 == 1 || rest * 2 == -1 ? 0 : cosf128(pi() * rest);
  case 2: return -sinf128(pi() * rest) + 0;
  default: return -cosf128(pi() * rest);
  }
}

static quad minimum(quad x, quad y) {
  if (x != x || y != y) return x + y;
  if (x == y) return is_negative(x) ? x : y;
  return x < y ? x : y;
}

/// `Function.modulo`: the exact remainder, with the sign of y.
static quad floored_remainder(quad x, quad y) {
  const quad rest = fmodf128(x, y);
  if (rest == 0) return copysignf128(rest, y);
  return (rest < 0) != (y < 0) ? rest + y : rest;
}

static quad log_gamma(quad x) {
  int sign;
  return lgammaf128_r(x, &sign);
}

static quad apply(ck_operation operation, quad x, quad y, quad z) {
  switch (operation) {
  case CK_ADD: return x + y;
  case CK_SUBTRACT: return x - y;
  case CK_MULTIPLY: return x * y;
  case CK_DIVIDE: return x / y;
  case CK_NEGATE: return -x;
  case CK_SQRT: return sqrtf128(x);
  case CK_FMA: return fmaf128(x, y, z);
  case CK_MODULO: return floored_remainder(x, y);
  case CK_ABS: return is_negative(x) ? -x : x;
  case CK_SIGN: return x > 0 ? 1 : x < 0 ? -1 : x;
  case CK_FLOOR: return floorf128(x);
  case CK_CEIL: return ceilf128(x);
  case CK_ROUND: return roundf128(x);
  case CK_TRUNC: return truncf128(x);
  case CK_MINIMUM: return minimum(x, y);
  case CK_MAXIMUM: return -minimum(-x, -y);
  case CK_LESS: return x < y;
  case CK_LESS_EQUAL: return x <= y;
  case CK_GREATER: return x > y;
  case CK_GREATER_EQUAL: return x >= y;
  case CK_EQUAL: return x == y;
  case CK_NOT_EQUAL: return x != y;
  case CK_AND: return x != 0 && y != 0;
  case CK_OR: return x != 0 || y != 0;
  case CK_NOT: return x == 0;
  case CK_SELECT: return x != 0 ? y : z;
  case CK_SIN: return sinf128(x);
  case CK_COS: return cosf128(x);
  case CK_TAN: return tanf128(x);
  case CK_ASIN: return asinf128(x);
  case CK_ACOS: return acosf128(x);
  case CK_ATAN: return atanf128(x);
  case CK_ATAN2: return atan2f128(x, y);
  case CK_SINH: return sinhf128(x);
  case CK_COSH: return coshf128(x);
  case CK_TANH: return tanhf128(x);
  case CK_ASINH: return asinhf128(x);
  case CK_ACOSH: return acoshf128(x);
  case CK_ATANH: return atanhf128(x);
  case CK_SINPI: return turn(x, false);
  case CK_COSPI: return turn(x, true);
  case CK_EXP: return expf128(x);
  case CK_EXP2: return exp2f128(x);
  case CK_EXP10: return exp10f128(x);
  case CK_EXPM1: return expm1f128(x);
  case CK_LOG: return logf128(x);
  case CK_LOG2: return log2f128(x);
  case CK_LOG10: return log10f128(x);
  case CK_LOG1P: return log1pf128(x);
  case CK_POW: return powf128(x, y);
  case CK_CBRT: return cbrtf128(x);
  case CK_HYPOT: return hypotf128(x, y);
  case CK_GAMMA: return tgammaf128(x);
  case CK_LGAMMA: return log_gamma(x);
  case CK_ERF: return erff128(x);
  case CK_ERFC: return erfcf128(x);
  default: __builtin_unreachable(); // only a chain has the others
  }
}

ck_quad ck_quad_from_double(double x) { return packed(x); }
double ck_quad_to_double(ck_quad x) { return (double)unpacked(x); }
ck_quad ck_quad_apply(ck_operation operation, ck_quad x, ck_quad y, ck_quad z) {
  return packed(apply(operation, unpacked(x), unpacked(y), unpacked(z)));
}
