public import Configs

/// The schedules that `lr_config.policy` and `momentum_config.policy` can name.
public enum ScheduleCatalog {
  private typealias Make = @Sendable (inout ConfigReader, String) throws -> any SchedulePolicy

  /// A policy, and whether it counts epochs where neither config nor runner say.
  private struct Entry: Sendable {
    var make: Make
    var countsIterationsOnly = false
  }

  /// Every schedule as a hook, under mmcv's class names: `PolyLrUpdaterHook`.
  public static var hooks: Catalog<any Hook, HookContext> {
    hooks(rates, .learningRate, suffix: "LrUpdaterHook")
      .joined(with: hooks(momenta, .momentum, suffix: "MomentumUpdaterHook"))
  }

  /// The class name for a policy: mmcv capitalises a name that is all lower case.
  static func hookName(policy: String, target: ScheduleHook.Target) -> String {
    className(policy) + (target == .learningRate ? "LrUpdaterHook" : "MomentumUpdaterHook")
  }

  /// The policy with the nearest name.
  static func nearestPolicy(_ policy: String, target: ScheduleHook.Target) -> String? {
    let table = target == .learningRate ? rates : momenta
    return NearestName.of(className(policy), among: table.keys.sorted())
  }

  private static func className(_ policy: String) -> String {
    policy == policy.lowercased() ? policy.prefix(1).uppercased() + policy.dropFirst() : policy
  }

  private static func hooks(
    _ table: [String: Entry], _ target: ScheduleHook.Target, suffix: String
  ) -> Catalog<any Hook, HookContext> {
    // The key that bounds the value below: `min_lr`, `min_momentum`.
    let minimum = target == .learningRate ? "min_lr" : "min_momentum"
    let makers = table.map { policy, entry in
      let name = policy + suffix
      let make: Catalog<any Hook, HookContext>.Make = { reader, context in
        let byEpoch: Bool = try reader.read(
          "by_epoch", default: entry.countsIterationsOnly ? false : context.countsEpochs)
        if entry.countsIterationsOnly, byEpoch {
          throw ConfigError.invalidValue(
            path: reader.path.appending("by_epoch"), message: "this policy counts iterations only")
        }
        let warmup = try Warmup.read(&reader)
        let frozen: [String] = try reader.read("freeze_optimizers", default: [])
        return ScheduleHook(
          name: name, target: target, policy: try entry.make(&reader, minimum), byEpoch: byEpoch,
          warmup: warmup, frozenOptimizers: Set(frozen))
      }
      return (name, make)
    }
    return Catalog(
      "hook", scope: .mmcv, Dictionary(makers, uniquingKeysWith: { first, _ in first }))
  }

  private static let rates: [String: Entry] = [
    "Fixed": Entry { _, _ in FixedPolicy() },
    "Step": Entry { try step(&$0, gamma: 0.1, minimum: $1) },
    "Exp": Entry { reader, _ in ExponentialPolicy(gamma: try reader.read("gamma")) },
    "Poly": Entry { reader, minimum in
      PolynomialPolicy(
        power: try reader.read("power", default: 1), minimum: try reader.read(minimum, default: 0))
    },
    "Inv": Entry { reader, _ in
      InversePolicy(
        gamma: try reader.read("gamma"), power: try reader.read("power", default: 1))
    },
    "CosineAnnealing": Entry { AnnealingPolicy(.cos, to: try target(&$0, $1)) },
    "LinearAnnealing": Entry { AnnealingPolicy(.linear, to: try target(&$0, $1)) },
    "FlatCosineAnnealing": Entry { reader, minimum in
      let start = try share(&reader, "start_percent", default: 0.75)
      return AnnealingPolicy(.cos, to: try target(&reader, minimum), flatShare: start)
    },
    "CosineRestart": Entry { try cosineRestart(&$0, minimum: $1) },
    "CosineAnnealingCooldown": Entry { reader, minimum in
      CosineCooldownPolicy(
        target: try target(&reader, minimum),
        ratio: try reader.read("cool_down_ratio", default: 0.1),
        length: try reader.read("cool_down_time", default: 10))
    },
    "Cyclic": Entry(
      make: { reader, _ in try cyclic(&reader, ratios: (10, 1e-4)) }, countsIterationsOnly: true),
    "OneCycle": Entry(make: { reader, _ in try oneCycle(&reader) }, countsIterationsOnly: true),
  ]

  private static let momenta: [String: Entry] = [
    "Step": Entry { try step(&$0, gamma: 0.5, minimum: $1) },
    "CosineAnnealing": Entry { AnnealingPolicy(.cos, to: try target(&$0, $1)) },
    "LinearAnnealing": Entry { AnnealingPolicy(.linear, to: try target(&$0, $1)) },
    "Cyclic": Entry(
      make: { reader, _ in try cyclic(&reader, ratios: (0.85 / 0.95, 1)) },
      countsIterationsOnly: true),
  ]
}

// MARK: - Reading policies

extension ScheduleCatalog {
  private static func step(
    _ reader: inout ConfigReader, gamma: Double, minimum: String
  ) throws -> StepPolicy {
    let config: Config = try reader.read("step")
    let path = reader.path.appending("step")
    let milestones: StepPolicy.Milestones =
      config.items == nil
      ? .every(try Int(config: config, path: path)) : .at(try [Int](config: config, path: path))
    let places =
      switch milestones {
      case .every(let length): [length]
      case .at(let places): places
      }
    guard places.allSatisfy({ $0 > 0 }) else {
      throw ConfigError.invalidValue(path: path, message: "every step must be above 0")
    }
    return StepPolicy(
      milestones, gamma: try reader.read("gamma", default: gamma),
      minimum: try reader.readIfPresent(minimum))
  }

  /// Reads `min_lr` or `min_lr_ratio`, just one of which must be given.
  private static func target(
    _ reader: inout ConfigReader, _ minimum: String
  ) throws -> ScheduleTarget {
    let value: Double? = try reader.readIfPresent(minimum)
    let ratio: Double? = try reader.readIfPresent(minimum + "_ratio")
    switch (value, ratio) {
    case (let value?, nil): return .value(value)
    case (nil, let ratio?): return .ratio(ratio)
    default:
      throw ConfigError.invalidValue(
        path: reader.path, message: "either \(minimum) or \(minimum)_ratio must be given")
    }
  }

  private static func share(
    _ reader: inout ConfigReader, _ key: String, default fallback: Double
  ) throws -> Double {
    let value: Double = try reader.read(key, default: fallback)
    guard (0...1).contains(value) else {
      throw ConfigError.invalidValue(
        path: reader.path.appending(key),
        message: "must lie in [0, 1], this is \(PythonText.representation(value))")
    }
    return value
  }

  private static func annealing(_ reader: inout ConfigReader) throws -> Annealing {
    let name: String = try reader.read("anneal_strategy", default: Annealing.cos.rawValue)
    guard let annealing = Annealing(rawValue: name) else {
      throw ConfigError.unknownType(
        path: reader.path.appending("anneal_strategy"), kind: "annealing", name: name,
        nearest: NearestName.of(name, among: Annealing.allCases.map(\.rawValue)))
    }
    return annealing
  }

  private static func cosineRestart(
    _ reader: inout ConfigReader, minimum: String
  ) throws -> CosineRestartPolicy {
    let periods: [Int] = try reader.read("periods")
    let weights: [Double] = try reader.read("restart_weights", default: [1])
    guard periods.count == weights.count, !periods.isEmpty, periods.allSatisfy({ $0 > 0 }) else {
      throw ConfigError.invalidValue(
        path: reader.path.appending("restart_weights"),
        message: "\(weights.count) weights for \(periods.count) periods (all above 0)")
    }
    return CosineRestartPolicy(
      periods: periods, weights: weights, target: try target(&reader, minimum))
  }

  private static func cyclic(
    _ reader: inout ConfigReader, ratios fallback: (Double, Double)
  ) throws -> CyclicPolicy {
    var ratios = [fallback.0, fallback.1]
    if let config: Config = try reader.readIfPresent("target_ratio") {
      let path = reader.path.appending("target_ratio")
      ratios =
        config.items == nil
        ? [try Double(config: config, path: path)] : try [Double](config: config, path: path)
      if ratios.count == 1 { ratios.append(ratios[0] / 1e5) }
      guard ratios.count == 2 else {
        throw ConfigError.invalidValue(path: path, message: "must be one or two numbers")
      }
    }
    let cycles: Int = try reader.read("cyclic_times", default: 1)
    guard cycles > 0 else {
      throw ConfigError.invalidValue(
        path: reader.path.appending("cyclic_times"), message: "must be above 0")
    }
    return CyclicPolicy(
      ratios: (ratios[0], ratios[1]), cycles: cycles,
      upShare: try share(&reader, "step_ratio_up", default: 0.4), annealing: try annealing(&reader),
      gamma: try reader.read("gamma", default: 1))
  }

  private static func oneCycle(_ reader: inout ConfigReader) throws -> OneCyclePolicy {
    let maximum: Config = try reader.read("max_lr")
    let path = reader.path.appending("max_lr")
    return OneCyclePolicy(
      maximum: maximum.items == nil
        ? [try Double(config: maximum, path: path)] : try [Double](config: maximum, path: path),
      totalSteps: try reader.readIfPresent("total_steps"),
      upShare: try share(&reader, "pct_start", default: 0.3), annealing: try annealing(&reader),
      divisor: try reader.read("div_factor", default: 25),
      finalDivisor: try reader.read("final_div_factor", default: 1e4),
      hasThreePhases: try reader.read("three_phase", default: false))
  }
}
