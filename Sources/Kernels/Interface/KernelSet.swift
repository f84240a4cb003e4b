/// The kernels of a device: everything an operation asks of the place where its tensors live.
///
/// Kernels know numbers in memory and geometry, no shapes and no graph. Pointers belong to the
/// device. Activations are stored N·H·W·C, without gaps; a *pixel* is one position of one image.
/// Outputs are overwritten unless a kernel says that it adds.
public protocol KernelSet: AnyObject, ConvolutionKernels, ChainKernels, SeparableKernels,
  MatrixKernels, PointwiseKernels, MovementKernels, ReductionKernels, NormalizationKernels,
  GroupNormalizationKernels,
  PoolingKernels, ResamplingKernels, ScoreKernels, SelectionKernels, OptimizerKernels
{
  /// Kernels that may run at the same time, each on a processor of its own; empty where work is
  /// not to be divided that way.
  var workers: [any KernelSet] { get }

  /// Calls `body` once for each of ``workers``, all at the same time, and waits for them.
  func onWorkers(_ body: (_ worker: Int) -> Void)
}

/// Elements that a kernel reads.
public typealias Source = UnsafePointer<Float>
/// Elements that a kernel writes.
public typealias Target = UnsafeMutablePointer<Float>
