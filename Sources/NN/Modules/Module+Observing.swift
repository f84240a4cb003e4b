public import Tensors

/// One call of a module, as its observers see it.
public struct ModuleCall {
  public let module: Module
  public let inputs: [Tensor]
  public let outputs: [Tensor]
  /// Whether the module computed the outputs; otherwise its cache gave them.
  public let isComputed: Bool
}

/// An observer's hold on a module: observing ends when it is cancelled or released.
public final class Observation {
  private weak var module: Module?
  private let number: Int

  fileprivate init(_ module: Module, _ number: Int) {
    self.module = module
    self.number = number
  }

  public func cancel() {
    module?.intercept { $0.remove(number) }
    module = nil
  }

  deinit { cancel() }
}

extension Module {
  /// Shows `observer` each call of the module when it is done, until the observation ends.
  ///
  /// A module may have several observers; they are told in the order in which they came.
  public final func observe(_ observer: @escaping (ModuleCall) -> Void) -> Observation {
    Observation(self, intercept { $0.add(observer) })
  }

  /// Outputs that calls give without computing while they are set: those of an earlier pass, for a
  /// caller who knows that they would come out the same again.
  public final var cachedOutputs: [Tensor]? {
    get { interception?.cachedOutputs }
    set { intercept { $0.cachedOutputs = newValue } }
  }

  /// Whether the module's own call must take place, because it has observers or a cache. A caller
  /// that fuses the module with others computes them one by one then.
  public final var isIntercepted: Bool { interception != nil }

  /// Whether the module or one below it is intercepted.
  public final var hasInterceptedPart: Bool {
    isIntercepted || children.contains { $0.module.hasInterceptedPart }
  }

  fileprivate func intercept<Result>(_ change: (Interception) -> Result) -> Result {
    let interception = interception ?? Interception()
    defer { self.interception = interception.isEmpty ? nil : interception }
    return change(interception)
  }
}
