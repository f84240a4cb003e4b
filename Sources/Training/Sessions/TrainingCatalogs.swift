public import Configs

/// The kinds of components that a run names beside its model and data.
public struct TrainingCatalogs: Sendable {
  /// Hooks, and schedules as hooks.
  public var hooks: Catalog<any Hook, HookContext>
  public var optimizers: Catalog<OptimizerRecipe, Void>
  public var runners: Catalog<any TrainingLoop, Void>

  public init(
    hooks: Catalog<any Hook, HookContext>, optimizers: Catalog<OptimizerRecipe, Void>,
    runners: Catalog<any TrainingLoop, Void>
  ) {
    self.hooks = hooks
    self.optimizers = optimizers
    self.runners = runners
  }

  /// The components of this target.
  public static var builtIn: TrainingCatalogs {
    TrainingCatalogs(
      hooks: StandardHooks.catalog.joined(with: ScheduleCatalog.hooks),
      optimizers: OptimizerRecipe.catalog, runners: TrainingLoops.catalog)
  }
}
