public import NN

extension Module {
  /// Gives each batch normalisation below this module `count` twins to switch between, one for
  /// each network that is trained; upstream's `convert_switchable_bn`.
  ///
  /// The twins keep what the original loses: epsilon, momentum, weight and bias.
  public func convertToSwitchableNorms(count: Int) {
    for (name, child) in children {
      if let norm = child as? BatchNorm2d, !(child is SwitchableBatchNorm2d) {
        replaceChild(name, with: SwitchableBatchNorm2d(replacing: norm, count: count))
      } else {
        child.convertToSwitchableNorms(count: count)
      }
    }
  }
}
