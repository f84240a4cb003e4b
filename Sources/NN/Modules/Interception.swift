internal import Tensors

/// The observers and the cache of one module's calls.
final class Interception {
  /// Outputs that calls give without computing.
  var cachedOutputs: [Tensor]?
  private var observers: [(number: Int, observer: Observer)] = []
  private var lastNumber = 0

  typealias Observer = (ModuleCall) -> Void

  var isEmpty: Bool { cachedOutputs == nil && observers.isEmpty }

  /// - Returns: the number to remove the observer by.
  func add(_ observer: @escaping Observer) -> Int {
    lastNumber += 1
    observers.append((lastNumber, observer))
    return lastNumber
  }

  func remove(_ number: Int) {
    observers.removeAll { $0.number == number }
  }

  /// The outputs of a call from the cache or else from `compute`, after all observers got them.
  func outputs(
    of module: Module, _ inputs: [Tensor], _ compute: () -> [Tensor]
  ) -> [Tensor] {
    let outputs = cachedOutputs ?? compute()
    let call = ModuleCall(
      module: module, inputs: inputs, outputs: outputs, isComputed: cachedOutputs == nil)
    for entry in observers { entry.observer(call) }
    return outputs
  }

  /// The output of a call of a module that has one.
  func output(of module: Module, _ inputs: [Tensor], _ compute: () -> Tensor) -> Tensor {
    let outputs = outputs(of: module, inputs) { [compute()] }
    precondition(
      outputs.count == 1, "\(outputs.count) cached outputs for a \(type(of: module)), which has one"
    )
    return outputs[0]
  }
}
