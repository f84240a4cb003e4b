/// A module that initialises itself and its children by an `init_cfg`, as mmcv's `BaseModule`.
///
/// Its own rules apply to everything below it first; then each child that has rules of its own
/// may overwrite what it was given. Plain modules between (a PyTorch `Sequential`) end the descent,
/// as they do in mmcv.
open class BaseModule: Module {
  public var initRules: InitRules?

  /// Whether ``initializeWeights(in:)`` has run; it does nothing a second time.
  public private(set) var isInitialized = false

  public init(initRules: InitRules? = nil) {
    self.initRules = initRules
    super.init()
  }

  open override func initializeWeights(in context: LayerContext) throws {
    guard !isInitialized else { return }
    if let initRules {
      try initRules.apply(to: self, in: context)
      if initRules.isPretrained { return }
    }
    for child in children { try child.module.initializeWeights(in: context) }
    isInitialized = true
  }
}
