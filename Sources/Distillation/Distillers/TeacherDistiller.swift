public import Annotations
internal import Configs
public import NN
public import Tensors

/// Lets a student learn from networks of their own, as upstream's `SingleTeacherDistiller`, and
/// `MultiTeachersDistiller` of its manual.
///
/// A teacher that is not trained computes without dropout and off the tape.
public final class TeacherDistiller: BaseModule, Distiller {
  @Child private var teacher: Module
  @Child private var alignModules: ModuleDictionary

  public let teachers: [Module]
  public let trainsTeachers: Bool
  /// Whether the teachers' normalisation uses its running statistics while the student trains.
  public let evaluatesTeacherNorms: Bool

  private let comparisons: [ComponentComparison]
  private let weights: [TeacherWeights]
  private let alignment: MethodAlignment?

  public var exchangesFunctions: Bool { alignment != nil }

  /// - Parameters:
  ///   - teacher: the child of that name: one network, or a list of the networks.
  ///   - components: those of each teacher.
  ///   - weights: the weights that each teacher begins with.
  init(
    _ teacher: Module, networks: [Module], components: [[DistillationComponent]],
    weights: [TeacherWeights], alignment: MethodAlignment?, trains: Bool, evaluatesNorms: Bool,
    initRules: InitRules?
  ) {
    self.teacher = teacher
    teachers = networks
    comparisons = components.map(ComponentComparison.init)
    self.weights = weights
    self.alignment = alignment
    trainsTeachers = trains
    evaluatesTeacherNorms = evaluatesNorms
    let connectors = components.joined().enumerated().compactMap { index, component in
      component.connector.map { (name: "component_\(index)", layer: $0.layer) }
    }
    alignModules = ModuleDictionary(connectors)
    super.init(initRules: initRules)
  }

  public func prepare(_ student: Module) throws(DistillationError) {
    for (comparison, teacher) in zip(comparisons, teachers) {
      try comparison.observe(student: student, teacher: teacher)
    }
    try alignment?.observe(student: student, teacher: teachers[0])
  }

  public override func setTraining(_ training: Bool) {
    super.setTraining(training)
    guard training else { return }
    if !trainsTeachers && evaluatesTeacherNorms {
      teacher.setTraining(false)
      return
    }
    for (_, module) in teacher.namedModules() where module.children.isEmpty {
      let stops = module is BatchNorm2d ? evaluatesTeacherNorms : !trainsTeachers
      if stops { module.setTraining(false) }
    }
  }

  public override func initializeWeights(in context: LayerContext) throws {
    guard !isInitialized else { return }
    for (teacher, weights) in zip(teachers, weights) {
      try weights.prepare(teacher, isTrained: trainsTeachers)
    }
    try super.initializeWeights(in: context)
    // A list of networks does not initialise them.
    for network in teachers where network !== teacher {
      try network.initializeWeights(in: context)
    }
  }
}

// MARK: - Passes

extension TeacherDistiller {
  public func teaching<Result>(_ pass: () throws -> Result) rethrows -> Result {
    func observed(_ comparisons: ArraySlice<ComponentComparison>) throws -> Result {
      guard let first = comparisons.first else { return try alignment?.teaching(pass) ?? pass() }
      return try first.teaching { try observed(comparisons.dropFirst()) }
    }
    return try observed(comparisons[...])
  }

  public func learning(
    _ annotations: [ImageAnnotation], _ pass: () throws -> Void
  ) throws -> [(name: String, value: Tensor)] {
    func observed(_ comparisons: ArraySlice<ComponentComparison>) throws {
      guard let first = comparisons.first else { return try alignment?.learning(pass) ?? pass() }
      try first.learning { try observed(comparisons.dropFirst()) }
    }
    try observed(comparisons[...])
    return try comparisons.flatMap { try $0.losses(annotations, detaches: false) }
  }

  public func handOver(on tape: Tape) {
    alignment?.handOver(on: tape)
  }

  public func forget() {
    for comparison in comparisons { comparison.forget() }
    alignment?.forget()
  }
}

// MARK: - Decoding

extension TeacherDistiller {
  /// Reads a `SingleTeacherDistiller`: one `teacher`, and `components`.
  convenience init(single reader: inout ConfigReader, in context: DistillationContext) throws {
    let path = reader.path.appending("teacher")
    let config: Config = try reader.read("teacher")
    let network = try context.makeTeacher(config, path, reader.scope)
    let components = try reader.readComponents(in: context)
    try self.init(
      &reader, network, networks: [network], components: [components],
      weights: [TeacherWeights(of: config, path: path, warn: context.warn)])
  }

  /// Reads a `MultiTeachersDistiller`: a list of models as `teacher`, each with `components`.
  convenience init(several reader: inout ConfigReader, in context: DistillationContext) throws {
    let path = reader.path.appending("teacher")
    var networks: [Module] = []
    var components: [[DistillationComponent]] = []
    var weights: [TeacherWeights] = []
    for (index, var config) in try reader.read("teacher", as: [Config].self).enumerated() {
      let path = path.appending(index)
      guard let entry = config["components"] else {
        throw ConfigError.missingKey(path: path, key: "components")
      }
      config["components"] = nil
      var fields = try ConfigReader(["components": entry], path: path, scope: reader.scope)
      components.append(try fields.readComponents(in: context))
      networks.append(try context.makeTeacher(config, path, reader.scope))
      weights.append(TeacherWeights(of: config, path: path, warn: context.warn))
    }
    guard !networks.isEmpty else {
      throw ConfigError.invalidValue(path: path, message: "expected at least one teacher")
    }
    try self.init(
      &reader, ModuleList(networks), networks: networks, components: components, weights: weights)
  }

  private convenience init(
    _ reader: inout ConfigReader, _ teacher: Module, networks: [Module],
    components: [[DistillationComponent]], weights: [TeacherWeights]
  ) throws {
    try reader.checkLossNames(components.flatMap(\.self))
    let alignment = try reader.readAlignMethods()
    guard alignment == nil || networks.count == 1 else {
      throw ConfigError.invalidValue(
        path: reader.path.appending("align_methods"),
        message: "results are taken from one teacher, not from several")
    }
    self.init(
      teacher, networks: networks, components: components, weights: weights, alignment: alignment,
      trains: try reader.read("teacher_trainable", default: false),
      evaluatesNorms: try reader.read("teacher_norm_eval", default: true),
      initRules: try reader.readIfPresent("init_cfg"))
  }
}
