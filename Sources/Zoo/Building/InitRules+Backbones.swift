public import NN

extension InitRules {
  /// The usual start of a convolutional backbone: convolutions by He's rule, normalisation as the
  /// identity.
  public static let convolutional = InitRules([
    Rule(
      Initializer(.kaiming(fan: .out, gain: 2.0.squareRoot(), isUniform: false)),
      layers: ["Conv2d"]),
    Rule(Initializer(.constant(1)), layers: ["_BatchNorm", "GroupNorm"]),
  ])
}
