public import NN

extension Module {
  /// Gives each batch normalisation below this module `count` twins to switch between, one for
  /// each network that is trained; upstream's `convert_switchable_bn`.
  ///
  /// The twins keep epsilon, momentum, weight and bias, which the original loses.
  public func convertToSwitchableNorms(count: Int) throws(ModuleError) {
    for (name, child) in children {
      if let norm = child as? BatchNorm2d, !(child is SwitchableBatchNorm2d) {
        try replaceChild(name, with: SwitchableBatchNorm2d(replacing: norm, count: count))
      } else {
        try child.convertToSwitchableNorms(count: count)
      }
    }
  }
}
