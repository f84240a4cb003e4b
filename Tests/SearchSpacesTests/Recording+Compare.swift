import NN
import SearchSpaces
import Tensors
import TestKit
import Testing

typealias NamedParameters = [(name: String, parameter: Parameter)]

extension Recording {
  /// Compares gradients with those of the original's run in double precision.
  ///
  /// The original's own single-precision run is up to 1.3e-4 of a norm away.
  func compareGradients(of parameters: NamedParameters, step: Int) throws {
    let norms = try tensors.values("float64.step\(step).gradient_norms")
    let probes = try tensors.values("float64.step\(step).gradient_probes")
    for (position, (name, parameter)) in parameters.enumerated() {
      let (norm, probe) = (parameter.gradientNorm, parameter.gradientProbe(name))
      guard !norms[position].isNaN else {
        #expect(norm.isNaN, "\(name) has a gradient, step \(step)")
        continue
      }
      #expect((norm == 0) == (norms[position] == 0), "\(name), step \(step)")
      // Biases that the next normalisation cancels have a gradient of nothing but rounding.
      let tolerance = 1e-3 * norms[position] + 2e-5
      #expect(abs(norm - norms[position]) < tolerance, "\(name), step \(step)")
      #expect(abs(probe - probes[position]) < 2 * tolerance, "\(name), step \(step)")
    }
  }

  /// Compares parameters and running statistics after a step.
  func compareState(of network: Supernet, _ parameters: NamedParameters, step: Int) throws {
    let norms = parameters.map { norm(of: $0.parameter.value) }
    let expected = try tensors.values("float64.step\(step).parameter_norms")
    #expect(worstRatio(norms, expected) < 1e-5)
    let probes = try tensors.values("float64.step\(step).parameter_probes")
    for (position, (name, parameter)) in parameters.enumerated() {
      let probe = CounterNumbers.probe(parameter.value, "probe.\(name)")
      #expect(abs(probe - probes[position]) < 1e-4 * norms[position] + 1e-7, "\(name)")
    }
    let statistics = try tensors.values("float64.step\(step).statistic_norms")
    #expect(worstRatio(network.statisticNorms, statistics) < 1e-5)
    let tracked = try tensors.values("step\(step).batches_tracked")
    #expect(network.batchCounts == tracked.map(Int.init))
  }
}

/// The largest difference of two lists, each relative to the expected value.
func worstRatio(_ actual: [Double], _ expected: [Double]) -> Double {
  precondition(actual.count == expected.count, "\(actual.count) against \(expected.count)")
  return zip(actual, expected).reduce(0) { worst, pair in
    let ratio = abs(pair.0 - pair.1) / max(abs(pair.1), 1e-12)
    return max(worst, ratio.isNaN ? .infinity : ratio)
  }
}
