internal import Configs
internal import Tensors

extension Tensor {
  /// Scores over a temperature, which makes their distribution smoother.
  func softened(_ temperature: Double) -> Tensor {
    temperature == 1 ? self : self / Float(temperature)
  }
}

extension ConfigReader {
  /// Reads `tau`, which is 1 where it is absent.
  mutating func readTemperature() throws(ConfigError) -> Double {
    let temperature: Double = try read("tau", default: 1)
    guard temperature > 0 else {
      throw .invalidValue(
        path: path.appending("tau"), message: "must be above 0, found \(temperature)")
    }
    return temperature
  }
}
