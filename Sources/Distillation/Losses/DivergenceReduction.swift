internal import Configs
internal import Tensors

/// How a divergence is made one number, as in PyTorch's `kl_div`.
public enum DivergenceReduction: String, Sendable, CaseIterable {
  case none
  /// The sum over the number of images.
  case batchmean
  case sum, mean

  /// Reduces `elements`, whose first axis is the images.
  func reduce(_ elements: Tensor) -> Tensor {
    switch self {
    case .none: elements
    case .sum: elements.sum()
    case .mean: elements.mean()
    case .batchmean: elements.sum() / Float(elements.shape[0])
    }
  }
}

extension ConfigReader {
  /// Reads `reduction`, `'batchmean'` where it is absent.
  mutating func readReduction() throws(ConfigError) -> DivergenceReduction {
    let name: String = try read("reduction", default: DivergenceReduction.batchmean.rawValue)
    guard let reduction = DivergenceReduction(rawValue: name) else {
      let names = DivergenceReduction.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw .invalidValue(
        path: path.appending("reduction"), message: "expected one of \(names), found '\(name)'")
    }
    return reduction
  }
}
