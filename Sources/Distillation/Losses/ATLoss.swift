internal import Configs
public import Tensors

/// The squared difference of attention maps, as `ATLoss` of MMRazor 1.x.
///
/// Zagoruyko and Komodakis, "Paying more attention to attention" (ICLR 2017). An attention map is
/// the mean square over the channels, scaled to length 1 for each image; so student and teacher may
/// have different numbers of channels.
public struct ATLoss: DistillationLoss {
  public var weight: Double

  public var agreement: ShapeAgreement { .allButChannels }

  public init(weight: Double = 1) {
    self.weight = weight
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    weight = try reader.read("loss_weight", default: 1)
  }

  public func callAsFunction(_ pair: OutputPair) throws -> Tensor {
    guard pair.student.shape.rank == 4 else {
      throw DistillationError.needsMaps(loss: "ATLoss", found: pair.student.shape.dimensions)
    }
    return squaredError(attention(pair.student), attention(pair.teacher)).mean() * Float(weight)
  }

  private func attention(_ maps: Tensor) -> Tensor {
    (maps * maps).mean(axis: 1, keepsAxis: true).flattened().unitLength(axes: [1])
  }
}
