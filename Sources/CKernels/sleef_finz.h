// SPDX-License-Identifier: Apache-2.0
//
// SLEEF's deterministic vector functions, which its own header does not declare. `Sleef_finz_…` give the same bits for
// the same argument as one double, four or eight, whatever the neighbouring lanes hold; the public `Sleef_…` choose an
// algorithm by the largest lane. Seen by elementary.inc only. They need FMA, the scalar ones too.
//
// libsleef.so.3 (3.5 to 3.9) exports them; SLEEF's branch after 3.9 drops them, every function being deterministic
// there: a move to that version renames them here and nowhere else.

#ifndef CKERNELS_SLEEF_FINZ_H
#define CKERNELS_SLEEF_FINZ_H

/// A function that takes and returns vectors in registers. Its C type says nothing of that on purpose: only
/// sleef_call.inc can call it rightly.
typedef void sleef_vector_function(void);

// `accuracy` is SLEEF's name for its bound: u10 is 1.0 ulp, u05 is 0.506, u15 is 1.5.
#define SLEEF_FINZ(name, accuracy, scalar_arguments)                      \
  double Sleef_finz_##name##d1_##accuracy##purecfma scalar_arguments;     \
  sleef_vector_function Sleef_finz_##name##d4_##accuracy##avx2;           \
  sleef_vector_function Sleef_finz_##name##d8_##accuracy##avx512f;

SLEEF_FINZ(sin, u10, (double))
SLEEF_FINZ(cos, u10, (double))
SLEEF_FINZ(tan, u10, (double))
SLEEF_FINZ(asin, u10, (double))
SLEEF_FINZ(acos, u10, (double))
SLEEF_FINZ(atan, u10, (double))
SLEEF_FINZ(atan2, u10, (double, double))
SLEEF_FINZ(sinh, u10, (double))
SLEEF_FINZ(cosh, u10, (double))
SLEEF_FINZ(tanh, u10, (double))
SLEEF_FINZ(asinh, u10, (double))
SLEEF_FINZ(acosh, u10, (double))
SLEEF_FINZ(atanh, u10, (double))
SLEEF_FINZ(sinpi, u05, (double))
SLEEF_FINZ(cospi, u05, (double))
SLEEF_FINZ(expm1, u10, (double))
SLEEF_FINZ(log, u10, (double))
SLEEF_FINZ(log2, u10, (double))
SLEEF_FINZ(log10, u10, (double))
SLEEF_FINZ(log1p, u10, (double))
SLEEF_FINZ(pow, u10, (double, double))
SLEEF_FINZ(cbrt, u10, (double))
SLEEF_FINZ(hypot, u05, (double, double))
SLEEF_FINZ(tgamma, u10, (double))
SLEEF_FINZ(lgamma, u10, (double))
SLEEF_FINZ(erf, u10, (double))
SLEEF_FINZ(erfc, u15, (double))

// 3.5 ulp, one and a half to two times as fast.
SLEEF_FINZ(sin, u35, (double))
SLEEF_FINZ(cos, u35, (double))
SLEEF_FINZ(tan, u35, (double))
SLEEF_FINZ(asin, u35, (double))
SLEEF_FINZ(acos, u35, (double))
SLEEF_FINZ(atan, u35, (double))
SLEEF_FINZ(atan2, u35, (double, double))
SLEEF_FINZ(sinh, u35, (double))
SLEEF_FINZ(cosh, u35, (double))
SLEEF_FINZ(tanh, u35, (double))
SLEEF_FINZ(log, u35, (double))
SLEEF_FINZ(log2, u35, (double))
SLEEF_FINZ(cbrt, u35, (double))
SLEEF_FINZ(hypot, u35, (double, double))

#undef SLEEF_FINZ

#endif
