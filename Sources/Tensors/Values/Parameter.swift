internal import Kernels

/// A tensor that an optimizer changes. Convolution weights are `[O, I, kH, kW]`, row-major.
public final class Parameter {
  /// The current value, never on a tape.
  public var value: Tensor {
    didSet { version += 1 }
  }

  /// Counts changes of the value, so that packed copies of it can be cached.
  public private(set) var version = 0

  /// The gradient, accumulated by ``Tape/backward(from:)`` until it is cleared.
  public var gradient: Gradient = .none

  /// Whether gradients are computed at all; frozen layers set this to false.
  public var requiresGradient: Bool

  /// Copies of the value as the device's kernels prefer it, valid for one ``version`` each.
  let packedCopies = PackedWeights()

  /// What this is a part of, if it is one.
  let origin: ParameterPart?

  /// The parts of this one.
  var parts = NarrowedParameters()

  public init(_ value: Tensor, requiresGradient: Bool = true) {
    self.value = value.detached
    self.requiresGradient = requiresGradient
    origin = nil
  }

  /// - Parameter value: the selected positions of `whole`.
  init(_ value: Tensor, partOf whole: Parameter, _ selections: [ChannelSelection?]) {
    self.value = value
    requiresGradient = whole.requiresGradient
    origin = ParameterPart(whole: whole, selections: selections)
  }

  public var shape: Shape { value.shape }

  /// Tells that the elements of ``value`` were changed in place.
  public func markChanged() {
    version += 1
  }

  /// Lets go of packed copies in training: the value will have changed before they serve again.
  func discardCopiesInTraining() {
    if requiresGradient { packedCopies.discard() }
  }

  /// Forgets the gradient as PyTorch 1.x does: a parameter that once had one keeps a gradient of
  /// zeros (so weight decay and momentum go on), one that never had any keeps none.
  public func clearGradient() {
    if case .none = gradient { return }
    gradient = .zero
  }

  /// The accumulated gradient of a parameter.
  public enum Gradient {
    /// The parameter never took part in a backward pass.
    case none
    /// All zeros, without memory for them.
    case zero
    case value(Tensor)
  }
}
