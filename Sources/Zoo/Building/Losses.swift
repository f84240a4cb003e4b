public import Tensors

/// What a training pass reports, in order. Entries whose name contains `loss` are summed up and
/// differentiated; the others are only logged.
public typealias Losses = [(name: String, value: Tensor)]

/// The sum of the loss entries and all values for the log.
public struct ParsedLosses {
  /// `nil` when no entry is a loss.
  public let loss: Tensor?
  /// Every entry's mean; `loss` is the sum, in the place of an entry of that name or last.
  public let logVariables: [(name: String, value: Double)]

  /// Sums up `losses` as the mm libraries' `_parse_losses` does.
  public init(_ losses: Losses) {
    var total: Tensor?
    var variables: [(name: String, value: Double)] = []
    for (name, value) in losses {
      let mean = value.shape.count == 1 ? value : value.mean()
      variables.append((name, Double(mean.scalar)))
      if name.contains("loss") { total = total.map { $0 + mean } ?? mean }
    }
    if let total {
      if let index = variables.firstIndex(where: { $0.name == "loss" }) {
        variables[index].value = Double(total.scalar)
      } else {
        variables.append(("loss", Double(total.scalar)))
      }
    }
    loss = total
    logVariables = variables
  }
}
