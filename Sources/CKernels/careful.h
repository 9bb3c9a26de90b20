// SPDX-License-Identifier: Apache-2.0
//
// One value at a time, for the few arguments where SLEEF is wrong or off by more than one ulp. Compiled once and called
// by every table, so that all tables give the same bits there. Slow (up to some microseconds) and meant to be.
//
// Each is right only for the arguments its comment names; elementary.inc sends no others.

#ifndef CKERNELS_CAREFUL_H
#define CKERNELS_CAREFUL_H

/// 40 < |x|: the exponentials' difference and sum are one of them.
double ck_careful_sinh(double x);
double ck_careful_cosh(double x);
/// 2^30 < |x|, infinities included.
double ck_careful_asinh(double x);
/// 2^30 < x, infinity included.
double ck_careful_acosh(double x);
/// Finite x other than 0 and finite y, the true value a number and above 2^-1100 in magnitude (or overflowing).
double ck_careful_pow(double x, double y);
/// |x| > 50, infinities included.
double ck_careful_tgamma(double x);
/// -100 < x < -2, no integer; or 2^100 < x, infinity included.
double ck_careful_lgamma(double x);
/// 26 <= x <= 27.3.
double ck_careful_erfc(double x);
/// Any arguments: `x - y * floor(x / y)` by exact remainder, as Python's `%`.
double ck_careful_fmod_floored(double x, double y);

#endif
