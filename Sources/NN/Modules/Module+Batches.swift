extension Module {
  /// Whether, as things stand, what the module makes of an image does not depend on the others of
  /// its batch, and nothing is changed on the way: everything is in evaluation mode, and
  /// normalisation uses its running statistics.
  public var treatsImagesAlone: Bool {
    namedModules().allSatisfy { _, module in
      !module.isTraining && (module as? BatchNorm2d)?.usesBatchStatistics != true
    }
  }
}
