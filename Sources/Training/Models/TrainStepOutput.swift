public import Tensors

/// The result of a train step, for hooks and logs.
public struct TrainStepOutput {
  /// The recorded scalar to run backward from; `nil` when the model has stepped its optimizers.
  public var loss: Tensor?
  /// The variables of the log line, in its order.
  public var logVariables: [(String, Double)]
  /// The number of images that the variables stand for.
  public var sampleCount: Int

  public init(loss: Tensor?, logVariables: [(String, Double)], sampleCount: Int) {
    self.loss = loss
    self.logVariables = logVariables
    self.sampleCount = sampleCount
  }

  /// Adds up losses as upstream's `_parse_losses`: every tensor is averaged and logged, those
  /// whose name contains `loss` are summed, and the sum is logged as `loss`.
  ///
  /// - Parameter losses: tensors of any shape.
  public init(losses: [(name: String, value: Tensor)], sampleCount: Int) {
    let means = losses.map {
      (name: $0.name, value: $0.value.shape.count == 1 ? $0.value : $0.value.mean())
    }
    var variables = means.map { ($0.name, Double($0.value.scalar)) }
    var total: Tensor?
    for term in means where term.name.contains("loss") {
      total = total.map { $0 + term.value } ?? term.value
    }
    if let total {
      let value = Double(total.scalar)
      if let place = variables.firstIndex(where: { $0.0 == "loss" }) {
        variables[place].1 = value
      } else {
        variables.append(("loss", value))
      }
    }
    self.init(loss: total, logVariables: variables, sampleCount: sampleCount)
  }
}
