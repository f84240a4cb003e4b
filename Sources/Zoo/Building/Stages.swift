public import NN
public import Tensors

/// Runs the stages of a backbone one after the other.
///
/// - Returns: the feature maps after those of `indices`, in the order of the stages.
public func featureMaps(
  after indices: [Int], of stages: [any Layer], from input: Tensor
) -> [Tensor] {
  var value = input
  var maps: [Tensor] = []
  for (index, stage) in stages.enumerated() {
    value = stage(value)
    if indices.contains(index) { maps.append(value) }
  }
  return maps
}
