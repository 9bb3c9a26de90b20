// SPDX-License-Identifier: Apache-2.0
//
// Which OpenBLAS kernels suit this CPU, where OpenBLAS itself gets it wrong. Called once, just before it is opened.
//
// OpenBLAS (dynamic.c, `get_coretype`) looks the CPU's model up in its own list and, for one that it does not list,
// goes by features: the same answer as ours would be, or a better one. Before 0.3.25 there is one hole in that. For
// Intel's family 6 the list ends at extended model 10, the `switch` has no default, and from 11 on (Raptor Lake 0xB7,
// Emerald Rapids 0xCF, …) control falls through into the branch for the Pentium 4. The answer is Prescott: SSE3
// kernels, 15 instead of 104 GFLOP/s for dgemm on an AVX-512 server. Upstream closed it in commit e12aaed (2023-10).
//
// So exactly those CPUs get a core type by features, and nothing else is touched. Rejected: going by features always
// (it would undo what OpenBLAS knows better: Zen, Cooperlake, SapphireRapids); opening, reading the core name and
// opening again (OpenBLAS's threads would have to be torn down while the process runs). From 0.3.25 on the override is
// needless, and it costs nothing: Cooperlake and SapphireRapids differ from SkylakeX in their bfloat16 kernels.

#include "COpenBLAS.h"

const char *weft_openblas_core_type(struct weft_openblas_cpu cpu) {
  if (!cpu.is_intel || cpu.family != 6 || cpu.extended_model < 11) return NULL;
  if (cpu.has_avx512) return "SkylakeX";
  if (cpu.has_avx2_fma) return "Haswell";
  return NULL;
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <string.h>

// A CPU's feature bit says that it has the registers; XCR0 says that the kernel saves them from one thread to the next.
static uint64_t saved_registers(void) {
  unsigned a, b, c, d;
  __cpuid(1, a, b, c, d);
  if (!(c & bit_OSXSAVE)) return 0;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

struct weft_openblas_cpu weft_openblas_this_cpu(void) {
  unsigned a, b, c, d;
  char vendor[12];
  __cpuid(0, a, b, c, d);
  memcpy(vendor, &b, 4);
  memcpy(vendor + 4, &d, 4);
  memcpy(vendor + 8, &c, 4);
  struct weft_openblas_cpu cpu = {.is_intel = memcmp(vendor, "GenuineIntel", 12) == 0};

  __cpuid(1, a, b, c, d);
  cpu.family = a >> 8 & 0xf;
  cpu.extended_model = a >> 16 & 0xf;
  bool has_fma = c & bit_FMA;

  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return cpu;
  uint64_t saved = saved_registers();
  const uint64_t avx_state = 0x06, avx512_state = 0xe6;  // xmm, ymm; and with them the masks and both halves of zmm
  const unsigned avx512 = bit_AVX512F | bit_AVX512DQ | bit_AVX512CD | bit_AVX512BW | bit_AVX512VL;
  cpu.has_avx2_fma = (b & bit_AVX2) && has_fma && (saved & avx_state) == avx_state;
  cpu.has_avx512 = cpu.has_avx2_fma && (b & avx512) == avx512 && (saved & avx512_state) == avx512_state;
  return cpu;
}
#else
struct weft_openblas_cpu weft_openblas_this_cpu(void) { return (struct weft_openblas_cpu){0}; }
#endif
