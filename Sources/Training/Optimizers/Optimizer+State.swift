public import Checkpoints
internal import OrderedCollections
internal import Tensors

extension Optimizer {
  /// The optimizer's state as PyTorch's `state_dict()`: `state` by the number of the parameter,
  /// and `param_groups`. Gradients that were accumulated for a step to come stand beside them,
  /// under a key that PyTorch passes over.
  public var checkpointValue: PickleValue {
    var numbers: [ObjectIdentifier: Int] = [:]
    for parameter in parameters { numbers[ObjectIdentifier(parameter)] = numbers.count }

    var stateItems = PickleDictionary()
    for group in groups {
      for parameter in group.parameters {
        let identity = ObjectIdentifier(parameter)
        guard let number = numbers[identity], let state = states[identity] else { continue }
        stateItems[.int(number)] = .dict(
          Self.value(of: state, countsSteps: group.rule.countsSteps))
      }
    }
    let groupValues = groups.map { group in
      PickleValue.dict(
        Self.value(
          of: group, numbers: group.parameters.compactMap { numbers[ObjectIdentifier($0)] }))
    }
    var items: PickleDictionary = [
      "state": .dict(stateItems), "param_groups": .list(groupValues),
    ]
    if holdsGradients {
      var gradients = PickleDictionary()
      for parameter in parameters {
        guard case .value(let gradient) = parameter.gradient,
          let number = numbers[ObjectIdentifier(parameter)]
        else { continue }
        gradients[.int(number)] = .tensor(StoredTensor(gradient))
      }
      items[Self.gradientsKey] = .dict(gradients)
    }
    return .dict(items)
  }

  private static let gradientsKey: PickleKey = "accumulated_gradients"

  /// Whether a parameter has a gradient that no step has used yet.
  var holdsGradients: Bool {
    parameters.contains { parameter in
      if case .value = parameter.gradient { true } else { false }
    }
  }

  private static func value(of state: ParameterState, countsSteps: Bool) -> PickleDictionary {
    var items = PickleDictionary()
    if countsSteps {
      items["step"] = .tensor(StoredTensor(floats: [Float(state.stepCount)], shape: []))
    }
    for (name, tensor) in state.tensors {
      items[.string(name)] = .tensor(StoredTensor(tensor))
    }
    if items.count == 0 { items["momentum_buffer"] = PickleValue.none }
    return items
  }

  private static func value(of group: ParameterGroup, numbers: [Int]) -> PickleDictionary {
    var items = PickleDictionary()
    items["lr"] = .float(group.learningRate)
    for (name, option) in group.rule.options where name == "momentum" || name == "dampening" {
      items[.string(name)] = PickleValue(option)
    }
    items["weight_decay"] = .float(group.weightDecay)
    for (name, option) in group.rule.options where name != "momentum" && name != "dampening" {
      items[.string(name)] = PickleValue(option)
    }
    if let initial = group.initialLearningRate { items["initial_lr"] = .float(initial) }
    if let initial = group.initialMomentum { items["initial_momentum"] = .float(initial) }
    items["params"] = .list(numbers.map(PickleValue.int))
    return items
  }

  /// Takes over a state that PyTorch or ``checkpointValue`` wrote. Parameters that have state are
  /// taken to have a gradient of zeros, which PyTorch forgets.
  ///
  /// - Parameter file: the checkpoint's path, for messages.
  /// - Throws: ``TrainingError/unsuitableOptimizerState(path:reason:)``; the optimizer is
  ///   unchanged then.
  public func restore(_ value: PickleValue, file: String) throws {
    func refuse(_ reason: String) -> TrainingError {
      .unsuitableOptimizerState(path: file, reason: reason)
    }
    guard let storedGroups = value["param_groups"]?.elements,
      let storedStates = value["state"]?.dictionary
    else { throw refuse("it has no 'state' and 'param_groups'") }
    guard storedGroups.count == groups.count else {
      throw refuse("it has \(storedGroups.count) parameter groups, this run \(groups.count)")
    }
    var newGroups = groups
    var parametersByNumber: [Int: Parameter] = [:]
    for index in groups.indices {
      let numbers = storedGroups[index]["params"]?.elements?.compactMap(\.integer) ?? []
      guard numbers.count == groups[index].parameters.count else {
        throw refuse(
          "group \(index) has \(numbers.count) parameters, this run "
            + "\(groups[index].parameters.count)")
      }
      for (number, parameter) in zip(numbers, groups[index].parameters) {
        parametersByNumber[number] = parameter
      }
      newGroups[index].restore(storedGroups[index])
    }
    var newStates: [ObjectIdentifier: ParameterState] = [:]
    for (key, stored) in storedStates.items {
      guard case .int(let number) = key, let parameter = parametersByNumber[number] else {
        throw refuse("it holds state of a parameter that belongs to no group")
      }
      newStates[ObjectIdentifier(parameter)] = try Self.state(
        stored, of: parameter, number: number, refuse: refuse)
    }
    var gradients: [(parameter: Parameter, value: Tensor)] = []
    for (key, stored) in value[Self.gradientsKey]?.dictionary?.items ?? [:] {
      guard case .int(let number) = key, let parameter = parametersByNumber[number],
        let tensor = stored.tensor
      else { throw refuse("it holds the gradient of a parameter that belongs to no group") }
      try Self.checkShape(tensor, "gradient", of: parameter, number: number, refuse: refuse)
      gradients.append(
        (parameter, try tensor.tensor(on: parameter.value.device, dtype: .float32)))
    }
    groups = newGroups
    states = newStates
    // What has state had a gradient before, and so goes on moving by momentum and weight decay
    // in steps that leave it out.
    for parameter in parameters where states[ObjectIdentifier(parameter)] != nil {
      if case .none = parameter.gradient { parameter.gradient = .zero }
    }
    for (parameter, gradient) in gradients { parameter.gradient = .value(gradient) }
  }

  private static func state(
    _ stored: PickleValue, of parameter: Parameter, number: Int,
    refuse: (String) -> TrainingError
  ) throws -> ParameterState {
    var state = ParameterState()
    for (name, entry) in stored.dictionary?.textEntries ?? [] {
      if name == "step" {
        // A tensor since PyTorch 1.12, a number before.
        let stored = try entry.tensor?.floats().first
        state.stepCount = entry.integer ?? Int(stored ?? 0)
        continue
      }
      guard let tensor = entry.tensor else { continue }
      try checkShape(tensor, name, of: parameter, number: number, refuse: refuse)
      state.tensors[name] = try tensor.tensor(on: parameter.value.device, dtype: .float32)
    }
    return state
  }

  private static func checkShape(
    _ tensor: StoredTensor, _ name: String, of parameter: Parameter, number: Int,
    refuse: (String) -> TrainingError
  ) throws(TrainingError) {
    guard tensor.shape == parameter.shape else {
      throw refuse(
        "'\(name)' of parameter \(number) has shape \(tensor.shape), the parameter "
          + "\(parameter.shape)")
    }
  }
}

extension ParameterGroup {
  fileprivate mutating func restore(_ stored: PickleValue) {
    for (name, value) in stored.dictionary?.textEntries ?? [] {
      switch name {
      case "lr": learningRate = value.number ?? learningRate
      case "initial_lr": initialLearningRate = value.number ?? initialLearningRate
      case "initial_momentum": initialMomentum = value.number ?? initialMomentum
      case "weight_decay": weightDecay = value.number ?? weightDecay
      default:
        if let option = OptimizerOption(value) { rule.setOption(name, option) }
      }
    }
  }
}

extension OptimizerOption {
  fileprivate init?(_ value: PickleValue) {
    switch value {
    case .none: self = .none
    case .bool(let flag): self = .flag(flag)
    case .int, .float:
      guard let number = value.number else { return nil }
      self = .number(number)
    case .list, .tuple:
      guard let items = value.elements else { return nil }
      self = .tuple(items.compactMap(\.number))
    default: return nil
    }
  }
}

extension PickleValue {
  fileprivate init(_ option: OptimizerOption) {
    self =
      switch option {
      case .none: .none
      case .flag(let flag): .bool(flag)
      case .number(let number): .float(number)
      case .tuple(let numbers): .tuple(numbers.map(PickleValue.float))
      }
  }
}
