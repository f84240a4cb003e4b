#define _GNU_SOURCE

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "internal.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

int ck_instructions = CK_ANY_PROCESSOR;

/// What oneDNN's own variable leaves to use, so that one setting governs both.
static int allowed(void) {
  const char *limit = getenv("ONEDNN_MAX_CPU_ISA");
  if (!limit || !*limit) limit = getenv("DNNL_MAX_CPU_ISA");
  if (!limit || !*limit) return CK_TILES;
  if (!strcasecmp(limit, "SSE41") || !strcasecmp(limit, "AVX")) return CK_ANY_PROCESSOR;
  if (!strncasecmp(limit, "AVX2", 4)) return CK_AVX2;
  if (strncasecmp(limit, "AVX512", 6)) return CK_TILES;
  if (strcasestr(limit, "AMX")) return CK_TILES;
  return strcasestr(limit, "BF16") || strcasestr(limit, "FP16") ? CK_AVX512_BFLOAT : CK_AVX512;
}

/// Whether there are tiles, and the system lets this process use them: their state is large, so that
/// it wants to be asked.
static int has_tiles(void) {
#if defined(__x86_64__) && defined(__linux__)
  enum { FEATURES = 7, TILES = 1 << 24, TILES_OF_BFLOATS = 1 << 22 };
  enum { WANTED = TILES | TILES_OF_BFLOATS };
  enum { ASK_FOR_STATE = 0x1023, TILE_DATA = 18 };
  unsigned a, b, c, d;
  return __get_cpuid_count(FEATURES, 0, &a, &b, &c, &d) && (d & WANTED) == WANTED
      && syscall(SYS_arch_prctl, ASK_FOR_STATE, TILE_DATA) == 0;
#else
  return 0;
#endif
}

/// Up to `most`.
static int present(int most) {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) {
    if (most < CK_AVX512_BFLOAT || !__builtin_cpu_supports("avx512bf16")) return CK_AVX512;
    return most == CK_TILES && has_tiles() ? CK_TILES : CK_AVX512_BFLOAT;
  }
  if (__builtin_cpu_supports("x86-64-v3")) return CK_AVX2;
#endif
  return CK_ANY_PROCESSOR;
}

/// Before `main`, and so before any thread could read it.
__attribute__((constructor)) static void choose_instructions(void) {
  const int most = allowed();
  ck_instructions = present(most);
  ck_limit_instructions(most);
}

void ck_limit_instructions(int instructions) {
  if (instructions < ck_instructions) ck_instructions = instructions;
}

int ck_has_tiles(void) { return ck_instructions == CK_TILES; }
