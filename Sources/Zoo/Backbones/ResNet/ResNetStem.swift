internal import NN
internal import Tensors

/// What a ResNet does to images before its stages.
struct ResNetStem {
  enum Kind: Hashable, Sendable {
    /// A convolution of 7 pixels that strides, then a pooling that does.
    case plain
    /// Three convolutions of 3 pixels in place of the one (He et al., "Bag of tricks", 2019).
    case deep
    /// A convolution of 3 pixels without any stride or pooling, for images of 32 pixels.
    case small
  }

  private enum Convolutions {
    case single(NormalizedConvolution, relu: ActivationLayer)
    case deep(Sequential)
  }

  private var convolutions: Convolutions
  private let pool: MaxPool2d?

  init(
    _ kind: Kind, inChannels: Int, channels: Int, norm: NormSpec, in context: LayerContext
  ) {
    pool = kind == .small ? nil : MaxPool2d(kernel: 3, stride: 2, padding: 1)
    if kind == .deep {
      let style = LayerStyle(norm: norm)
      let widths = [inChannels, channels / 2, channels / 2, channels]
      convolutions = .deep(
        Sequential(
          (0..<3).map { index in
            ConvModule(
              widths[index], widths[index + 1], kernel: 3, stride: index == 0 ? 2 : 1, padding: 1,
              style: style, in: context)
          }))
    } else {
      let isSmall = kind == .small
      convolutions = .single(
        NormalizedConvolution(
          inChannels, channels, kernel: isSmall ? 3 : 7, stride: isSmall ? 1 : 2,
          padding: isSmall ? 1 : 3, norm: norm, in: context),
        relu: ActivationLayer(.relu))
    }
  }

  func register(in backbone: Module) {
    switch convolutions {
    case .single(let pair, let relu):
      pair.register(in: backbone, number: 1)
      backbone.register("relu", relu)
    case .deep(let layers):
      backbone.register("stem", layers)
    }
    if let pool { backbone.register("maxpool", pool) }
  }

  /// What `frozen_stages=0` freezes, and what of it stays in evaluation mode.
  var freezable: (frozen: [Module], evaluated: [Module]) {
    switch convolutions {
    case .single(let pair, _): ([pair.conv, pair.norm], [pair.norm])
    case .deep(let layers): ([layers], [layers])
    }
  }

  func callAsFunction(_ images: Tensor) -> Tensor {
    let value =
      switch convolutions {
      case .single(let pair, let relu): pair(images, activation: relu)
      case .deep(let layers): layers(images)
      }
    return pool?(value) ?? value
  }

  mutating func replace(_ old: Module?, with module: Module) -> Bool {
    guard case .single(var pair, let relu) = convolutions, pair.replace(old, with: module) else {
      return false
    }
    convolutions = .single(pair, relu: relu)
    return true
  }
}
