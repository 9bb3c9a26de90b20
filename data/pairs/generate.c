// SPDX-License-Identifier: Apache-2.0
//
// Makes Sources/CKernels/pair_tables.inc: constants and tables of pairs, by MPFR.
//
//     cc -O2 generate.c -o /tmp/pairs -lmpfr -lgmp && /tmp/pairs > ../../Sources/CKernels/pair_tables.inc

#include <mpfr.h>
#include <stdio.h>

enum { PRECISION = 400 };

/// value = high + low, both rounded to nearest.
static void print_pair(const mpfr_t value, const char *end) {
  mpfr_t rest;
  mpfr_init2(rest, PRECISION);
  const double high = mpfr_get_d(value, MPFR_RNDN);
  mpfr_sub_d(rest, value, high, MPFR_RNDN);
  printf("%a, %a%s", high, mpfr_get_d(rest, MPFR_RNDN), end);
  mpfr_clear(rest);
}

static void define_pair(const char *name, const mpfr_t value) {
  printf("#define %s ", name);
  print_pair(value, "\n");
}

static void define_quotient(const char *name, long numerator, unsigned long denominator) {
  mpfr_t value;
  mpfr_init2(value, PRECISION);
  mpfr_set_si(value, numerator, MPFR_RNDN);
  mpfr_div_ui(value, value, denominator, MPFR_RNDN);
  define_pair(name, value);
  mpfr_clear(value);
}

/// Takes the leading bits down to 2^-place off `value`, towards zero.
static double take(mpfr_t value, long place) {
  mpfr_t head;
  mpfr_init2(head, PRECISION);
  mpfr_mul_2si(head, value, place, MPFR_RNDN);
  mpfr_trunc(head, head);
  mpfr_mul_2si(head, head, -place, MPFR_RNDN);
  const double result = mpfr_get_d(head, MPFR_RNDN);
  mpfr_sub(value, value, head, MPFR_RNDN);
  mpfr_clear(head);
  return result;
}

int main(void) {
  mpfr_t x, pi, s, c;
  mpfr_inits2(PRECISION, x, pi, s, c, (mpfr_ptr)0);
  mpfr_const_pi(pi, MPFR_RNDN);
  printf("// SPDX-License-Identifier: Apache-2.0\n//\n// Made by data/pairs/generate.c; do not edit.\n\n");

  printf("// 1/2π, 24 bits at a time.\nenum { CK_TURN_PIECES = 7 };\nstatic const double ck_turn_pieces[CK_TURN_PIECES] = {\n");
  mpfr_mul_2ui(x, pi, 1, MPFR_RNDN);
  mpfr_ui_div(x, 1, x, MPFR_RNDN);
  for (int k = 1; k <= 7; k++) printf("  %a,\n", take(x, 24 * k));
  printf("};\n\n");
  mpfr_mul_2ui(x, pi, 1, MPFR_RNDN);
  define_pair("CK_TWO_PI", x);
  define_quotient("CK_1_6", 1, 6);
  define_quotient("CK_MINUS_1_6", -1, 6);
  define_quotient("CK_1_24", 1, 24);
  define_quotient("CK_1_120", 1, 120);
  define_quotient("CK_MINUS_1_720", -1, 720);

  printf("\n// 64/ln 2; ln 2/64 as two pieces of at most 37 bits and a rest.\n");
  mpfr_const_log2(x, MPFR_RNDN);
  mpfr_ui_div(s, 64, x, MPFR_RNDN);
  printf("#define CK_64_LN2 %a\n", mpfr_get_d(s, MPFR_RNDN));
  mpfr_div_ui(x, x, 64, MPFR_RNDN);
  printf("#define CK_LN2_64_1 %a\n", take(x, 43));
  printf("#define CK_LN2_64_2 %a\n", take(x, 80));
  printf("#define CK_LN2_64_3 %a\n", mpfr_get_d(x, MPFR_RNDN));

  printf("\n// Sine and cosine of (row - 32)/64 turns.\nstatic const double ck_turn_table[65][4] = {\n");
  for (int m = -32; m <= 32; m++) {
    mpfr_mul_si(x, pi, m, MPFR_RNDN);
    mpfr_div_ui(x, x, 32, MPFR_RNDN);
    mpfr_sin_cos(s, c, x, MPFR_RNDN);
    if (m % 32 == 0) mpfr_set_zero(s, 1);      // exact, where π has been rounded
    if ((m + 32) % 32 == 16) mpfr_set_zero(c, 1);
    printf("  {");
    print_pair(s, ", ");
    print_pair(c, "},\n");
  }
  printf("};\n\n// 2^(row/64).\nstatic const double ck_power_table[64][4] = {\n");
  for (int m = 0; m < 64; m++) {
    mpfr_set_ui(x, (unsigned long)m, MPFR_RNDN);
    mpfr_div_ui(x, x, 64, MPFR_RNDN);
    mpfr_exp2(x, x, MPFR_RNDN);
    printf("  {");
    print_pair(x, "},\n");
  }
  printf("};\n");
}
