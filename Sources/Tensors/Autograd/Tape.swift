/// A recording of what was computed, in order: a value one can read, and differentiate.
///
/// A tape serves one forward and backward pass. Nodes keep what their gradient needs as tensors
/// off the tape, so a dropped tape frees everything.
public final class Tape {
  /// One recorded operation and its inputs.
  public struct Node {
    public let operation: Operation
    /// The nodes whose values went in, in argument order; `nil` for values that are not on the tape.
    public let inputs: [Int?]
    public let shape: Shape
    public let needsGradient: Bool
    fileprivate let layout: Layout
    fileprivate var backward: Backward?
    fileprivate var gradient: NodeGradient?
  }

  /// Turns the gradient of a node's value into gradients of its inputs (through ``Tape/accumulate``)
  /// and parameters. The gradient is the closure's own: it may be kept or overwritten.
  public typealias Backward = (_ gradient: Tensor, _ tape: Tape) -> Void

  public private(set) var nodes: [Node] = []

  public init() {}

  /// Puts a value on the tape.
  ///
  /// - Parameter needsGradient: whether ``gradient(of:)`` will be asked for it afterwards.
  public func watch(_ value: Tensor, needsGradient: Bool = false) -> Tensor {
    append(.input, inputs: [], value: value, needsGradient: needsGradient, backward: nil)
  }

  /// A parameter's value as a tensor on the tape.
  public func value(of parameter: Parameter) -> Tensor {
    append(
      .parameter(parameter), inputs: [], value: parameter.value,
      needsGradient: parameter.requiresGradient
    ) { gradient, _ in
      parameter.accumulate(gradient)
    }
  }

  /// Records an operation and returns its value with its place on the tape.
  ///
  /// - Parameter backward: must capture tensors off the tape only; `nil` when no input wants one.
  public func record(
    _ operation: Operation, inputs: [Tensor], value: Tensor, parametersNeedGradient: Bool = false,
    backward: @escaping Backward
  ) -> Tensor {
    let needsGradient = parametersNeedGradient || inputs.contains { $0.needsGradient }
    return append(
      operation, inputs: inputs.map { $0.trace?.node }, value: value,
      needsGradient: needsGradient, backward: needsGradient ? backward : nil)
  }

  private func append(
    _ operation: Operation, inputs: [Int?], value: Tensor, needsGradient: Bool,
    backward: Backward?
  ) -> Tensor {
    nodes.append(
      Node(
        operation: operation, inputs: inputs, shape: value.shape, needsGradient: needsGradient,
        layout: value.layout, backward: backward))
    return Tensor(
      storage: value.storage, shape: value.shape, dtype: value.dtype, layout: value.layout,
      trace: Trace(tape: self, node: nodes.count - 1, needsGradient: needsGradient))
  }
}

// MARK: - Differentiation

extension Tape {
  /// Computes the gradients of `loss` (one element) with respect to every parameter and watched
  /// value that wants one. What nodes kept for it is freed on the way; a tape runs backward once.
  ///
  /// - Parameter seed: the gradient of `loss` itself, for loss scaling.
  public func backward(from loss: Tensor, seed: Float = 1) {
    precondition(loss.shape.count == 1, "backward needs a scalar, got shape \(loss.shape)")
    guard let trace = loss.trace, trace.tape === self else {
      preconditionFailure("the loss was not recorded on this tape")
    }
    guard trace.needsGradient else { return }
    nodes[trace.node].gradient = NodeGradient(
      whole: .filled(seed, shape: loss.shape, layout: loss.layout, on: loss.device))
    for index in stride(from: trace.node, through: 0, by: -1) {
      guard let backward = nodes[index].backward, var gradient = nodes[index].gradient else {
        nodes[index].backward = nil
        continue
      }
      nodes[index].backward = nil
      nodes[index].gradient = nil
      backward(gradient.completed(), self)
    }
  }

  /// The gradient of a watched value after ``backward(from:seed:)``; `nil` when nothing flowed.
  public func gradient(of value: Tensor) -> Tensor? {
    guard let trace = value.trace, trace.tape === self else { return nil }
    return nodes[trace.node].gradient?.completed()
  }

  /// Whether the value at `node` wants a gradient.
  public func wantsGradient(at node: Int?) -> Bool {
    node.map { nodes[$0].needsGradient } ?? false
  }

  /// Whether the value at `node` came out of a convolution, which can work on a gradient part by
  /// part.
  func isConvolution(at node: Int?) -> Bool {
    guard let node, case .convolution = nodes[node].operation else { return false }
    return true
  }

  /// Adds to the gradient of the value at `node`, if it wants one.
  ///
  /// `contribution` must be newly made: it may be kept and added to in place.
  public func accumulate(_ contribution: @autoclosure () -> Tensor, at node: Int?) {
    guard let node, nodes[node].needsGradient else { return }
    let (shape, layout) = (nodes[node].shape, nodes[node].layout)
    var contribution = contribution()
    precondition(
      contribution.shape == shape,
      "gradient of shape \(contribution.shape) for a value of shape \(shape)")
    if contribution.layout != layout { contribution = contribution.arranged(layout) }
    if nodes[node].gradient == nil {
      nodes[node].gradient = NodeGradient(whole: contribution.detached)
    } else {
      nodes[node].gradient?.add(contribution)
    }
  }

  /// Adds to the gradient of the value at `node`, if it wants one, where `range` lies on `axis`;
  /// elsewhere the contribution is zero.
  ///
  /// `contribution` must be newly made, as in ``accumulate(_:at:)``.
  public func accumulateSlice(
    _ contribution: @autoclosure () -> Tensor, axis: Int, range: Range<Int>, at node: Int?
  ) {
    guard let node, nodes[node].needsGradient else { return }
    let (shape, layout) = (nodes[node].shape, nodes[node].layout)
    var contribution = contribution()
    precondition(
      contribution.shape == shape.replacing(axis: axis, with: range.count),
      "gradient of shape \(contribution.shape) for \(range) on axis \(axis) of \(shape)")
    if contribution.layout != layout { contribution = contribution.arranged(layout) }
    if nodes[node].gradient == nil {
      nodes[node].gradient = NodeGradient(
        part: contribution, axis: axis, range: range, of: shape, layout: layout)
    } else {
      nodes[node].gradient?.add(contribution, axis: axis, range: range)
    }
  }
}
