/// The kernels of a device: everything an operation asks of the place where its tensors live.
///
/// Kernels know numbers in memory and geometry, no shapes and no graph. Pointers belong to the
/// device. Activations are stored N·H·W·C, without gaps; a *pixel* is one position of one image.
/// Outputs are overwritten unless a kernel says that it adds.
public protocol KernelSet: AnyObject, ConvolutionKernels, ChainKernels, SeparableKernels,
  MatrixKernels, PointwiseKernels, MovementKernels, ReductionKernels, NormalizationKernels,
  GroupNormalizationKernels,
  PoolingKernels, ResamplingKernels, RegionKernels, ScoreKernels, FocalLossKernels,
  SelectionKernels, OptimizerKernels
{
  /// Kernels that may run at the same time, each on a processor of its own; empty where work is
  /// not to be divided that way.
  var workers: [any KernelSet] { get }

  /// Calls `body` once for each of ``workers``, all at the same time, and waits for them.
  func onWorkers(_ body: (_ worker: Int) -> Void)
}

extension KernelSet {
  /// Calls `body` for each of `count` parts of some work. Which team takes which part is fixed: they
  /// take them in turn, each its own one after the other, all teams at the same time.
  ///
  /// - Parameter teams: all ``workers``, or only this set.
  public func run(
    parts count: Int, by teams: [any KernelSet],
    _ body: (_ team: Int, _ kernels: any KernelSet, _ part: Int) -> Void
  ) {
    func takeParts(_ team: Int) {
      for part in stride(from: team, to: count, by: teams.count) { body(team, teams[team], part) }
    }
    if teams.count == 1 { takeParts(0) } else { onWorkers(takeParts) }
  }
}

/// Elements that a kernel reads.
public typealias Source = UnsafePointer<Float>
/// Elements that a kernel writes.
public typealias Target = UnsafeMutablePointer<Float>
