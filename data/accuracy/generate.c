// SPDX-License-Identifier: Apache-2.0
//
// Makes the golden files of this folder: arguments of each function and the true value at each, by MPFR. See ORIGIN.md.
//
//     cc -O2 generate.c -o /tmp/generate -lmpfr -lgmp -lm && /tmp/generate .
//
// A line holds the argument bits, the bits of the true value rounded to nearest, and the rest: true value = rounded +
// rest / 10000 units in the last place of the true value (2^-1074 below the normal range; where the rounded value is
// infinite, it stands for 2^1024 and the unit is 2^971). NaN, a zero and an infinity that are exact have the rest 0.

#include <math.h>
#include <mpfr.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRECISION = 320 };

// MARK: Arguments

static uint64_t state;
static uint64_t random_bits(void) { // splitmix64
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}
static double uniform(double low, double high) { return low + (high - low) * (double)(random_bits() >> 11) * 0x1p-53; }
static int chance(int n) { return (int)(random_bits() % (uint64_t)n); }

static uint64_t bits_of(double x) {
  uint64_t b;
  memcpy(&b, &x, sizeof b);
  return b;
}
static double double_of(uint64_t b) {
  double x;
  memcpy(&x, &b, sizeof x);
  return x;
}
/// The double `n` steps above x, through zero.
static double step(double x, int64_t n) {
  int64_t b = (int64_t)bits_of(x);
  if (b < 0) b = INT64_MIN - b;
  b += n;
  if (b < 0) b = INT64_MIN - b;
  return double_of((uint64_t)b);
}
/// A random mantissa and sign under a random exponent in [low, high]; -1074 and up.
static double scaled(int low, int high) {
  const double mantissa = 1 + uniform(0, 1);
  const double x = ldexp(mantissa, low + chance(high - low + 1));
  return chance(2) ? x : -x;
}
/// A random double up to 2^low … 2^(low + spread - 1) steps away from x.
static double near(double x, int low, int spread) {
  const double fraction = uniform(-1, 1);
  return step(x, (int64_t)ldexp(fraction, low + chance(spread)));
}

static const double special[] = {
  0, 0x1p-1074, 0x1p-1073, 0x0.fffffffffffffp-1022, 0x1p-1022, 0x1.0000000000001p-1022, 0x1p-54, 0x1.fffffffffffffp-54,
  0x1p-53, 0x1p-29, 0x1p-28, 0x1p-27, 0.125, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 10, 0x1p31, 0x1p32,
  0x1p52, 0x1.8p52, 0x1p53, 0x1p63, 0x1p64, 0x1p511, 0x1p512, 0x1p1000, 0x1p1023, 0x1.fffffffffffffp1023, INFINITY,
};
enum { SPECIALS = sizeof special / sizeof *special };

// MARK: Functions

typedef int (*unary)(mpfr_t, mpfr_srcptr, mpfr_rnd_t);
typedef int (*binary)(mpfr_t, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

static int log_gamma(mpfr_t r, mpfr_srcptr x, mpfr_rnd_t d) {
  int sign;
  return mpfr_lgamma(r, &sign, x, d);
}
/// `x % y`: the exact remainder, + y where signs differ; a zero has the sign of y.
static int modulo(mpfr_t r, mpfr_srcptr x, mpfr_srcptr y, mpfr_rnd_t d) {
  mpfr_t exact;
  mpfr_init2(exact, 2200);
  mpfr_fmod(exact, x, y, MPFR_RNDN);
  if (mpfr_nan_p(exact)) mpfr_set_nan(r);
  else if (mpfr_zero_p(exact)) mpfr_set_zero(r, mpfr_signbit(y) ? -1 : 1);
  else if (!mpfr_signbit(exact) != !mpfr_signbit(y)) mpfr_add(r, exact, y, d);
  else mpfr_set(r, exact, d);
  mpfr_clear(exact);
  return 0;
}

/// What a function is asked for beside the special values and a walk over all exponents: uniform ranges, and points
/// with their neighbours. Both end with NaN. SLEEF's inner boundaries are among them, and the worst arguments met in
/// some 10^9 trials.
typedef struct {
  const char *name; // as in Formula's `Function`
  unary f;
  double ranges[8][2];
  double points[28];
} unary_case;

#define PI 3.141592653589793
#define CIRCULAR {{-4, 4}, {-16, 16}, {-1e6, 1e6}, {-1e14, 1e14}, {NAN}}, \
  {PI / 4, PI / 2, 3 * PI / 4, PI, 2 * PI, 11 * PI, 355, 15, 1e14, 0x1.6ac5b262ca1ffp849, \
   6381956970095103.0 * 0x1p797, 0x1.2c06fd6635b68p28, 0x1.0674020c1cd34p28, 0x1.f6a7a2955385ep2, 0x1.dd9a4bbbb4c7cp3, \
   411557987, 1608715908, 8.33e22, 0x1.fffffffffffffp1023, NAN}
static const unary_case unary_cases[] = {
  {"sin", mpfr_sin, CIRCULAR},
  {"cos", mpfr_cos, CIRCULAR},
  {"tan", mpfr_tan, CIRCULAR},
  {"asin", mpfr_asin, {{-1, 1}, {0.5, 0.501}, {0.99, 1}, {-0.5, 0.5}, {NAN}}, {0.5, 0x1.00076989ee35bp-1, 1, NAN}},
  {"acos", mpfr_acos, {{-1, 1}, {0.5, 0.51}, {0.99, 1}, {-0.5, 0.5}, {NAN}}, {0.5, 1, NAN}},
  {"atan", mpfr_atan, {{-1, 1}, {1, 1.02}, {-10, 10}, {0.06, 0.065}, {NAN}},
   {1, 0x1.004aee40b7f45p0, 0.0625, 1e16, NAN}},
  {"sinh", mpfr_sinh, {{-1, 1}, {-30, 30}, {700, 711}, {-710.4759, -709.78}, {NAN}},
   {709.782712893384, 710, 710.4758600739439, NAN}},
  {"cosh", mpfr_cosh, {{-1, 1}, {-30, 30}, {700, 711}, {-710.4759, -709.78}, {NAN}},
   {709.782712893384, 710, 710.4758600739439, NAN}},
  {"tanh", mpfr_tanh, {{-1, 1}, {-20, 20}, {18.5, 19.1}, {NAN}}, {18.714973875, 19.0615, 19.061547465398498, NAN}},
  {"asinh", mpfr_asinh, {{-1, 1}, {-30, 30}, {1e150, 1e160}, {1e307, 1.79e308}, {NAN}},
   {1, 0x1p511, 1.3407807929942596e154, NAN}},
  {"acosh", mpfr_acosh, {{1, 1.01}, {1, 3}, {1, 100}, {1e150, 1e160}, {1e307, 1.79e308}, {NAN}},
   {1, 0x1p511, 1.3407807929942596e154, NAN}},
  {"atanh", mpfr_atanh, {{-1, 1}, {-0.1, 0.1}, {0.99, 1}, {NAN}}, {1, 0x1p-28, NAN}},
  {"sinpi", mpfr_sinpi, {{-2, 2}, {-100, 100}, {2.4e8, 2.6e8}, {-1e15, 1e15}, {NAN}},
   {0.25, 0.5, 1, 2, 250000000.5, 4503599627370494.5, 0x1p-1022, NAN}},
  {"cospi", mpfr_cospi, {{-2, 2}, {-100, 100}, {2.4e8, 2.6e8}, {-1e15, 1e15}, {NAN}},
   {0.25, 0.5, 1, 1.5, 250000000.5, 4503599627370494.5, NAN}},
  {"exp", mpfr_exp, {{-1, 1}, {-700, 709}, {-746, -700}, {709.7, 709.8}, {NAN}},
   {709.782711149557, 709.782712893384, -708.3964185322641, -745.1332191019411, 0.34657359027997264, NAN}},
  {"exp2", mpfr_exp2, {{-1, 1}, {-1000, 1024}, {-1076, -1000}, {NAN}}, {1024, -1022, -1074, -1075, 0.5, NAN}},
  {"exp10", mpfr_exp10, {{-1, 1}, {-300, 308.3}, {-324, -300}, {308.2, 308.3}, {NAN}},
   {308.25471555991674, -307.65265556858878, -323.3062153431158, -323.6, 0.15051499783199057, NAN}},
  {"expm1", mpfr_expm1, {{-1, 1}, {-40, 40}, {-37.5, -36.7}, {700, 710}, {NAN}},
   {709.782712893384, -36.7368005696771, -37.42994775023705, 0.6931471805599453, NAN}},
  {"log", mpfr_log, {{0, 1}, {0.99, 1.01}, {0.5, 2}, {0, 1e6}, {NAN}}, {1, 0.75, 1.5, 2.718281828459045, NAN}},
  {"log2", mpfr_log2, {{0, 1}, {0.99, 1.01}, {0.7495, 0.75}, {0, 1e6}, {NAN}},
   {1, 0.75, 0x1.7ff8d9a18c69fp-1, 1.5, NAN}},
  {"log10", mpfr_log10, {{0, 1}, {0.99, 1.01}, {0.5, 2}, {0, 1e6}, {NAN}}, {1, 0.75, 1.5, 1e22, NAN}},
  {"log1p", mpfr_log1p, {{-1, 1}, {-0.01, 0.01}, {-1, -0.99}, {1e306, 1.79e308}, {NAN}},
   {-1, 0.5, -0.25, 1e307, NAN}},
  {"cubeRoot", mpfr_cbrt, {{-8, 8}, {0.125, 1}, {1e300, 1e308}, {NAN}}, {1, 8, 27, 0x1p-1022, NAN}},
  {"gamma", mpfr_gamma, {{0, 10}, {160, 171.7}, {-10, 0}, {-186, -160}, {0.9, 2.1}, {NAN}},
   {171.6243769563027, 0x1.75c637ca64343p6, 168, -60, -168, -170.5, -177.5, 1, 2, -1, -2, -100, -171, -177, NAN}},
  {"logGamma", log_gamma, {{0, 10}, {-4, -2}, {-10, -4}, {0.9, 2.1}, {-180, -10}, {0, 1e6}, {NAN}},
   {1, 2, 2.5593815071241293e305, 2.5599833278516e305, -2.4570247382208006, -2.7476826467274126, -3.14358088834998,
    -3.9552942848585981, -4.039361839740537, -4.991544640560048, -5.008218168322593, -5.998607480080876,
    -6.001385294453155, -6.999801507890638, -7.000198333407325, -7.999975197095821, -8.000024800270682, -10, -12, -15,
    -17, -100, NAN}},
  {"erf", mpfr_erf, {{-1, 1}, {0.98, 1}, {-6.1, 6.1}, {3.6, 3.8}, {NAN}},
   {1, 0x1.ffb2e58eaa3bep-1, 3.7, 6, 5.921587195794508, 0x1p-1022, NAN}},
  {"erfc", mpfr_erfc, {{-6, 6}, {0, 1}, {2, 2.35}, {4, 26}, {25.9, 27.3}, {NAN}},
   {1, 2, 2.2, 2.35, 4.2, 26, 26.543258430632, 27.226017111108362, 27.3, NAN}},
};

typedef struct {
  const char *name;
  binary f;
} binary_case;
static const binary_case binary_cases[] = {
  {"atan2", mpfr_atan2}, {"power", mpfr_pow}, {"hypot", mpfr_hypot}, {"modulo", modulo}};

// MARK: Lines

static FILE *out;
static mpfr_t x, y, value, difference;

static void print_value(mpfr_srcptr t) {
  // To 53 bits at most, and to a multiple of 2^-1074: once, from the 320-bit value.
  long unit = 0, rest = 0;
  double rounded;
  if (!mpfr_regular_p(t)) rounded = mpfr_get_d(t, MPFR_RNDN);
  else {
    unit = mpfr_get_exp(t) - 53 < -1074 ? -1074 : mpfr_get_exp(t) - 53;
    if (unit > 971) unit = 971;
    mpfr_mul_2si(difference, t, -unit, MPFR_RNDN);
    mpfr_rint(difference, difference, MPFR_RNDN); // ties to even
    mpfr_mul_2si(difference, difference, unit, MPFR_RNDN);
    rounded = mpfr_get_d(difference, MPFR_RNDN); // exact, or infinite
    if (mpfr_zero_p(difference)) rounded = copysign(0.0, mpfr_sgn(t));
    if (isinf(rounded)) mpfr_set_si_2exp(difference, mpfr_sgn(t), 1024, MPFR_RNDN);
    mpfr_sub(difference, t, difference, MPFR_RNDN);
    mpfr_mul_2si(difference, difference, -unit, MPFR_RNDN);
    if (mpfr_cmp_si(difference, 100) < 0 && mpfr_cmp_si(difference, -100) > 0) {
      mpfr_mul_si(difference, difference, 10000, MPFR_RNDN);
      rest = mpfr_get_si(difference, MPFR_RNDN);
    }
  }
  if (isnan(rounded)) rounded = double_of(0x7ff8000000000000u);
  fprintf(out, "%016llx %ld\n", (unsigned long long)bits_of(rounded), rest);
}

static void line(unary f, double a) {
  mpfr_set_d(x, a, MPFR_RNDN);
  f(value, x, MPFR_RNDN);
  fprintf(out, "%016llx ", (unsigned long long)bits_of(a));
  print_value(value);
}
static void line_2(binary f, double a, double b) {
  mpfr_set_d(x, a, MPFR_RNDN);
  mpfr_set_d(y, b, MPFR_RNDN);
  f(value, x, y, MPFR_RNDN);
  fprintf(out, "%016llx %016llx ", (unsigned long long)bits_of(a), (unsigned long long)bits_of(b));
  print_value(value);
}

static void open_file(const char *folder, const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.txt", folder, name);
  out = fopen(path, "w");
  if (!out) {
    perror(path);
    exit(1);
  }
  state = 0;
  for (const char *c = name; *c; c++) state = state * 131 + (unsigned char)*c;
}

static void write_unary(const char *folder, const unary_case *c) {
  open_file(folder, c->name);
  line(c->f, NAN);
  for (int sign = 0; sign < 2; sign++) {
    for (int k = 0; k < SPECIALS; k++) line(c->f, sign ? -special[k] : special[k]);
    for (int e = -1074 + sign * 3; e < 1024; e += 6) line(c->f, (sign ? -1 : 1) * ldexp(1 + uniform(0, 1), e));
    for (int k = 0; !isnan(c->points[k]); k++) {
      const double p = sign ? -c->points[k] : c->points[k];
      for (int n = -2; n <= 2; n++) line(c->f, step(p, n));
      for (int n = 0; n < 8; n++) line(c->f, near(p, 3, 47));
    }
  }
  for (int k = 0; k < 300; k++) line(c->f, scaled(-60, 60));
  for (int r = 0; !isnan(c->ranges[r][0]); r++)
    for (int k = 0; k < 180; k++) line(c->f, uniform(c->ranges[r][0], c->ranges[r][1]));
  fclose(out);
}

static void write_binary(const char *folder, const binary_case *c) {
  static const double corners[] = {
    0, 0x1p-1074, 0x1p-1022, 0.5, 1, 2, 3, 2.5, 0x1p53, 0x1.fffffffffffffp1023, INFINITY};
  enum { CORNERS = sizeof corners / sizeof *corners };
  open_file(folder, c->name);
  for (int k = 0; k < CORNERS; k++) {
    for (int n = 0; n < CORNERS; n++)
      for (int sign = 0; sign < 4; sign++)
        line_2(c->f, sign & 1 ? -corners[k] : corners[k], sign & 2 ? -corners[n] : corners[n]);
    line_2(c->f, NAN, corners[k]);
    line_2(c->f, corners[k], NAN);
  }
  line_2(c->f, NAN, NAN);
  // One random number a declaration: the order in which a call's arguments are evaluated is the compiler's.
  for (int k = 0; k < 200; k++) {
    const double a = uniform(-10, 10), b = uniform(-10, 10);
    line_2(c->f, a, b);
  }
  if (c->f == (binary)mpfr_pow) {
    for (int k = 0; k < 300; k++) { // results over the whole range, bases of every size
      const double near_1 = near(1, 1, 51), any = fabs(scaled(-1074, 1023)), middle = uniform(0.5, 2);
      const double base = k % 3 == 0 ? near_1 : k % 3 == 1 ? any : middle;
      const double exponent = uniform(-1076, 1025) * log(2) / log(base);
      if (isfinite(exponent)) line_2(c->f, base, exponent);
    }
    for (int k = 0; k < 100; k++) { // where an error of the logarithm is multiplied most
      const double base = k % 2 ? uniform(0.745, 0.755) : uniform(1.49, 1.51), target = uniform(900, 1024);
      line_2(c->f, base, (k % 4 < 2 ? target : -target) * log(2) / log(base));
    }
    line_2(c->f, 0x1.7fa79d8302fe7p-1, 0x1.208d83401c2dp11);
    line_2(c->f, 0x1.7fab76031687p0, 0x1.b46421c6238edp10);
    for (int k = 0; k < 200; k++) { // next to overflow, and subnormal
      const double base = fabs(scaled(-100, 100));
      const double target = k % 2 ? 1024 + uniform(-2e-6, 2e-6) : uniform(-1075, -1021);
      line_2(c->f, base, target * log(2) / log(base));
    }
    for (int k = 0; k < 100; k++) {
      const int base = -chance(100), exponent = chance(40) - 20;
      line_2(c->f, base, exponent);
    }
    for (int k = 0; k < 100; k++) line_2(c->f, chance(1000), k % 3 ? 2 : 0.5);
  } else {
    for (int k = 0; k < 300; k++) { // comparable sizes, anywhere
      const double a = scaled(-1074, 1023), factor = uniform(-2, 2);
      line_2(c->f, a, a * factor * ldexp(1, chance(80) - 40));
    }
    static const int sizes[][3] = {{-1074, -1000, 200}, {1000, 1023, 100}, {-1074, 1023, 200}};
    for (int n = 0; n < 3; n++)
      for (int k = 0; k < sizes[n][2]; k++) {
        const double a = scaled(sizes[n][0], sizes[n][1]), b = scaled(sizes[n][0], sizes[n][1]);
        line_2(c->f, a, b);
      }
    for (int k = 0; k < 200; k++) { // quotients that are nearly subnormal (atan2), nearly integers (modulo)
      const double b = fabs(scaled(-50, 50)), fraction = uniform(0.5, 1), a = scaled(-600, -500);
      const int size = chance(52), steps = chance(5) - 2;
      if (c->f == modulo) line_2(c->f, step(floor(ldexp(fraction, 1 + size)) * b, steps), k % 2 ? b : -b);
      else line_2(c->f, a, b * ldexp(1, 420 + size));
    }
  }
  fclose(out);
}

/// sin(i·j)·cos(i+j), the true value of the product, at 2,000 random elements of a size × size matrix.
static void write_headline(const char *folder, int size) {
  char name[64];
  snprintf(name, sizeof name, "headline-%d", size);
  open_file(folder, name);
  for (int k = 0; k < 2000; k++) {
    const int i = chance(size), j = chance(size);
    mpfr_set_d(x, (double)i * j, MPFR_RNDN);
    mpfr_set_d(y, (double)i + j, MPFR_RNDN);
    mpfr_sin(x, x, MPFR_RNDN);
    mpfr_cos(y, y, MPFR_RNDN);
    mpfr_mul(value, x, y, MPFR_RNDN);
    fprintf(out, "%d %d ", i, j);
    print_value(value);
  }
  fclose(out);
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: generate FOLDER\n");
    return 64;
  }
  mpfr_inits2(PRECISION, x, y, value, NULL);
  mpfr_init2(difference, 2 * PRECISION);
  for (size_t k = 0; k < sizeof unary_cases / sizeof *unary_cases; k++) write_unary(arguments[1], &unary_cases[k]);
  for (size_t k = 0; k < sizeof binary_cases / sizeof *binary_cases; k++) write_binary(arguments[1], &binary_cases[k]);
  write_headline(arguments[1], 1000);
  write_headline(arguments[1], 10000);
  return 0;
}
