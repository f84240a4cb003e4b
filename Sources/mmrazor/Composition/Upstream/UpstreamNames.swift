internal import Configs

/// The names that a library of OpenMMLab registers, so that an absent component is told from a
/// misspelt one.
struct UpstreamNames: Sendable {
  let scope: Scope
  /// By kind as catalogs call it, separated by spaces.
  private let names: [String: String]

  init(scope: Scope, _ names: [String: String]) {
    self.scope = scope
    self.names = names
  }

  static var all: [UpstreamNames] { [.mmcls, .mmdet, .mmseg, .mmcv, .mmrazor] }

  /// Tells `catalog` the names of its kind.
  func note<Product, Context>(in catalog: inout Catalog<Product, Context>) {
    guard let known = names[catalog.kind] else { return }
    catalog.note(upstream: known, scope: scope)
  }
}
