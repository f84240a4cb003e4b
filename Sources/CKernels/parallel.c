#include "internal.h"

// libgomp, the OpenMP runtime that oneDNN links: sharing its pool avoids a second set of threads.
void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_get_max_threads(void);
void omp_set_num_threads(int threads);

typedef struct {
  ck_body body;
  const void *context;
  long count;
  int workers;
} region;

static void run_part(const region *part, int worker) {
  // 128-bit product: counts are far below 2^60, workers below 2^12.
  long begin = (long)((__int128)part->count * worker / part->workers);
  long end = (long)((__int128)part->count * (worker + 1) / part->workers);
  if (begin < end) part->body(part->context, begin, end, worker);
}

static void run_region(void *data) {
  const region *part = data;
  // The runtime may give fewer threads than asked for; the division into parts stays the same.
  int threads = omp_get_num_threads();
  for (int worker = omp_get_thread_num(); worker < part->workers; worker += threads) {
    run_part(part, worker);
  }
}

int ck_for(int threads, long count, long grain, ck_body body, const void *context) {
  if (count <= 0) return 0;
  long useful = (count + grain - 1) / (grain > 0 ? grain : 1);
  int workers = (int)min_long(threads, max_long(useful, 1));
  if (workers <= 1) {
    body(context, 0, count, 0);
    return 1;
  }
  region part = {body, context, count, workers};
  GOMP_parallel(run_region, &part, (unsigned)workers, 0);
  return workers;
}

int ck_default_threads(void) { return omp_get_max_threads(); }

void ck_set_threads(int threads) { omp_set_num_threads(threads); }

typedef struct {
  void (*body)(void *context, int worker);
  void *context;
  int workers;
} team;

static void run_team(void *data) {
  const team *all = data;
  // The runtime may give fewer threads than asked for.
  int threads = omp_get_num_threads();
  for (int worker = omp_get_thread_num(); worker < all->workers; worker += threads) {
    all->body(all->context, worker);
  }
}

void ck_run_workers(int workers, void (*body)(void *context, int worker), void *context) {
  team all = {body, context, workers};
  GOMP_parallel(run_team, &all, (unsigned)workers, 0);
}
