import NN
import Tensors

/// Small networks with the ways in which layers call a normalisation.
enum SharedNetwork: String, CaseIterable, Codable, Sendable {
  case norm, normWithActivation, vectors
  case withoutMomentum, withoutAffine, withoutTracking
  case firstChannels, someChannels, switchable
  /// Convolutions that compute what lies around them in the same pass, and those that do not.
  case pointwise, separable, dense, grouped
  case residual, downsampled

  private static let channels = SharedPass.imageShape[1]

  /// - Returns: the network's modules and what it computes of `[N, 8, 5, 4]`.
  func make(in context: LayerContext) -> (modules: [Module], pass: (Tensor) -> Tensor) {
    switch self {
    case .norm: return alone(Self.norm(in: context))
    case .normWithActivation:
      let norm = Self.norm(in: context)
      return ([norm], { norm.forward($0, activation: .swish) })
    case .vectors:
      let norm = Self.norm(in: context)
      return ([norm], { norm($0.mean(axes: [2, 3])) })
    case .withoutMomentum: return alone(Self.norm(momentum: nil, in: context))
    case .withoutAffine: return alone(Self.norm(isAffine: false, in: context))
    case .withoutTracking: return alone(Self.norm(tracksStatistics: false, in: context))
    case .firstChannels: return narrowed(.prefix(5, of: Self.channels), in: context)
    case .someChannels:
      return narrowed(ChannelSelection([1..<3, 5..<8], of: Self.channels), in: context)
    case .switchable:
      let norm = SwitchableBatchNorm2d(replacing: Self.norm(in: context), count: 2)
      norm.index = 1
      return alone(norm)
    case .pointwise: return run([conv(8, 12), conv(12, 6)], in: context)
    case .separable:
      return run([conv(8, 16), conv(16, 16, kernel: 3, groups: 16), conv(16, 8)], in: context)
    case .dense: return run([conv(8, 16, kernel: 3), conv(16, 8, kernel: 3)], in: context)
    case .grouped:
      return run([conv(8, 8, kernel: 3, groups: 2), conv(8, 4, kernel: 1)], in: context)
    case .residual: return residual(projects: false, in: context)
    case .downsampled: return residual(projects: true, in: context)
    }
  }

  static let spec: NormSpec = {
    var spec = NormSpec.batch
    spec.kind = .batch(synchronizes: true)
    return spec
  }()

  private typealias MakeBlock = (LayerContext) -> ConvModule

  private func alone(_ norm: BatchNorm2d) -> ([Module], (Tensor) -> Tensor) {
    ([norm], { norm($0) })
  }

  private static func norm(
    momentum: Float? = 0.1, isAffine: Bool = true, tracksStatistics: Bool = true,
    in context: LayerContext
  ) -> BatchNorm2d {
    BatchNorm2d(
      channels, momentum: momentum, isAffine: isAffine, tracksStatistics: tracksStatistics,
      synchronizes: true, in: context)
  }

  /// The normalisation of some of the channels, behind a convolution that gives those.
  private func narrowed(
    _ selection: ChannelSelection, in context: LayerContext
  ) -> ([Module], (Tensor) -> Tensor) {
    let block = conv(Self.channels, Self.channels)(context)
    guard let norm = block.norm as? BatchNorm2d else { return ([], { $0 }) }
    block.conv.addChannelMasks()
    norm.addChannelMasks()
    block.conv.outMask?.select(selection)
    norm.outMask?.select(selection)
    return ([block], { block($0) })
  }

  private func conv(
    _ inputs: Int, _ outputs: Int, kernel: Int = 1, groups: Int = 1
  ) -> MakeBlock {
    {
      ConvModule(
        inputs, outputs, kernel: kernel, padding: kernel / 2, groups: groups,
        style: LayerStyle(norm: Self.spec, activation: ActivationSpec("Swish", .fused(.swish))),
        in: $0)
    }
  }

  private func run(
    _ makers: [MakeBlock], in context: LayerContext
  ) -> ([Module], (Tensor) -> Tensor) {
    let blocks = makers.map { $0(context) }
    let run = LayerRun(blocks)
    return (blocks, { run.output(for: $0) })
  }

  /// Two blocks, the output of the first given up until the backward pass needs it.
  private func residual(
    projects: Bool, in context: LayerContext
  ) -> ([Module], (Tensor) -> Tensor) {
    let blocks = (0..<2).map { _ in ResidualBlock(Self.channels, projects: projects, in: context) }
    return (
      blocks,
      { input in
        let middle = blocks[0](input)
        let output = blocks[1](middle)
        middle.forgetElements()
        return output
      }
    )
  }
}

private final class ResidualBlock: Module, Layer {
  @Child private var conv1: Conv2d
  @Child private var norm1: any NormalizationLayer
  @Child private var conv2: Conv2d
  @Child private var norm2: any NormalizationLayer
  @Child private var conv3: Conv2d?
  @Child private var norm3: (any NormalizationLayer)?
  private let activation = ActivationLayer(.relu)
  private let path = IdentityLayer()

  init(_ channels: Int, projects: Bool, in context: LayerContext) {
    let spec = SharedNetwork.spec
    conv1 = Conv2d(channels, channels, kernel: 3, padding: 1, in: context)
    _norm1 = spec.child(1, channels, in: context)
    conv2 = Conv2d(channels, channels, kernel: 1, in: context)
    _norm2 = spec.child(2, channels, in: context)
    conv3 = projects ? Conv2d(channels, channels, kernel: 1, in: context) : nil
    _norm3 = Child(name: "bn3", projects ? spec.make(channels, in: context) : nil)
    super.init()
  }

  func forward(_ input: Tensor) -> Tensor {
    var shortcut = input
    if let conv3, let norm3 { shortcut = conv3.fused(input, norm3) }
    return conv2.fused(
      conv1.fused(input, norm1, activation), norm2, path, adding: shortcut, activation)
  }
}
