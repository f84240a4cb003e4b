public import Tensors

/// One batch normalisation for each network that shares the convolution before it, as upstream's
/// layer of the same name (Yu et al., "Slimmable neural networks", 2018).
///
/// The layers lie under `bns.0`, `bns.1`, …
public final class SwitchableBatchNorm2d: BatchNorm2d {
  @Children public private(set) var norms: [BatchNorm2d]

  /// Which of the layers computes.
  public var index = 0 {
    didSet {
      precondition(
        norms.indices.contains(index), "normalisation \(index) of \(norms.count)")
    }
  }

  /// - Parameter norm: what this layer takes the place of; each switch starts as a copy of it.
  public init(replacing norm: BatchNorm2d, count: Int) {
    precondition(count > 0, "\(count) switches of a normalisation")
    _norms = Children(name: "bns", (0..<count).map { _ in BatchNorm2d(copying: norm) })
    super.init(copying: norm, registers: false)
  }

  /// The layer that computes.
  public var active: BatchNorm2d { norms[index] }

  public override var typeNames: [String] { ["SwitchableBatchNorm2d"] }
  public override var channelCount: Int { active.channelCount }
  public override var weight: Parameter? { active.weight }
  public override var bias: Parameter? { active.bias }
  public override var usesBatchStatistics: Bool { active.usesBatchStatistics }
  public override func folded(on device: any Device) -> FoldedNorm? { active.folded(on: device) }

  public override func forward(_ input: Tensor, activation: Activation) -> Tensor {
    activation == .identity ? active(input) : active.forward(input, activation: activation)
  }
}
