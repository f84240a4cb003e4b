#ifndef MMRAZOR_CMPI_SHIM_H
#define MMRAZOR_CMPI_SHIM_H

// Without the C++ bindings, which the standard dropped.
#define OMPI_SKIP_MPICXX 1
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

// Open MPI names its constants by macros with casts in them, which Swift does not import.

/// A communicator of all ranks that reports errors instead of ending the process.
static inline int mpi_duplicate_world(MPI_Comm *result) {
  int status = MPI_Comm_dup(MPI_COMM_WORLD, result);
  if (status != MPI_SUCCESS) return status;
  return MPI_Comm_set_errhandler(*result, MPI_ERRORS_RETURN);
}

/// Replaces values by their sums over all ranks.
static inline int mpi_sum_floats(MPI_Comm ranks, float *values, int count) {
  return MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_FLOAT, MPI_SUM, ranks);
}

/// Gives every rank the values of all, in their order.
static inline int mpi_gather_doubles(
    MPI_Comm ranks, const double *values, int count, double *all) {
  return MPI_Allgather(values, count, MPI_DOUBLE, all, count, MPI_DOUBLE, ranks);
}

/// Replaces bytes by those of the rank `root`.
static inline int mpi_broadcast_bytes(MPI_Comm ranks, void *bytes, int count, int root) {
  return MPI_Bcast(bytes, count, MPI_BYTE, root, ranks);
}

/// Ends the processes of all ranks.
static inline _Noreturn void mpi_abort(MPI_Comm ranks, const char *message) {
  fprintf(stderr, "%s\n", message);
  MPI_Abort(ranks, EXIT_FAILURE);
  abort();
}

#endif
