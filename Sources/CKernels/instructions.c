#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "internal.h"

int ck_instructions = CK_ANY_PROCESSOR;

/// What oneDNN's own variable leaves to use, so that one setting governs both.
static int allowed(void) {
  const char *limit = getenv("ONEDNN_MAX_CPU_ISA");
  if (!limit || !*limit) limit = getenv("DNNL_MAX_CPU_ISA");
  if (!limit || !*limit) return CK_AVX512;
  if (!strcasecmp(limit, "SSE41") || !strcasecmp(limit, "AVX")) return CK_ANY_PROCESSOR;
  return strncasecmp(limit, "AVX2", 4) ? CK_AVX512 : CK_AVX2;
}

static int present(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return CK_AVX512;
  if (__builtin_cpu_supports("x86-64-v3")) return CK_AVX2;
#endif
  return CK_ANY_PROCESSOR;
}

/// Before `main`, and so before any thread could read it.
__attribute__((constructor)) static void choose_instructions(void) {
  ck_instructions = present();
  ck_limit_instructions(allowed());
}

void ck_limit_instructions(int instructions) {
  if (instructions < ck_instructions) ck_instructions = instructions;
}
