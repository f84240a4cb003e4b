public import Annotations
internal import Configs
public import Distillation
public import NN
internal import Tensors
public import Training
public import Vision
internal import Zoo

/// Trains a student with the help of teachers, as upstream's `GeneralDistill`.
///
/// Hinton et al., "Distilling the knowledge in a neural network" (2015), is the simplest case. A
/// step logs `teacher.*` and `student.*`, where those losses are asked for, and `distiller.*`.
public final class GeneralDistill: BaseModule, Algorithm {
  @Child public private(set) var architecture: any Architecture
  @Child public private(set) var distiller: (any Distiller)?

  /// Whether the student's own losses count.
  public let withStudentLoss: Bool
  /// Whether the teachers' own losses count.
  public let withTeacherLoss: Bool

  private let teaching: Teaching?
  private let context: BuildContext

  public var isRetraining: Bool { true }

  public var teachers: [any Architecture] { teaching?.teachers ?? [] }

  init(
    architecture: any Architecture, teaching: Teaching?, withStudentLoss: Bool,
    withTeacherLoss: Bool, initRules: InitRules?, context: BuildContext
  ) {
    self.architecture = architecture
    distiller = teaching?.distiller
    self.teaching = teaching
    self.withStudentLoss = withStudentLoss
    self.withTeacherLoss = withTeacherLoss
    self.context = context
    super.init(initRules: initRules)
  }

  public func initializeWeights() throws {
    try initializeWeights(in: context)
  }

  private var device: any Device { context.device }
}

// MARK: - Decoding

extension GeneralDistill {
  /// - Parameter exchangesFunctions: whether the config is of an `AlignMethodDistill`, whose student
  ///   takes results of functions from the teacher.
  convenience init(
    _ reader: inout ConfigReader, exchangesFunctions: Bool = false, in context: AlgorithmContext
  ) throws {
    let path = reader.path
    let withStudentLoss = try reader.read("with_student_loss", default: true)
    let withTeacherLoss = try reader.read("with_teacher_loss", default: false)
    try self.init(
      &reader, withStudentLoss: withStudentLoss, withTeacherLoss: withTeacherLoss, in: context)
    guard let distiller, distiller.exchangesFunctions != exchangesFunctions else { return }
    throw ConfigError.invalidValue(
      path: path.appending("distiller").appending("align_methods"),
      message: exchangesFunctions
        ? "AlignMethodDistill needs the functions to exchange"
        : "functions are exchanged by the algorithm AlignMethodDistill")
  }

  /// Reads a `Distillation` of upstream's manual: `use_gt` says whether the student's losses count.
  convenience init(manual reader: inout ConfigReader, in context: AlgorithmContext) throws {
    let usesLabels: Bool = try reader.read("use_gt")
    try self.init(&reader, withStudentLoss: usesLabels, withTeacherLoss: false, in: context)
  }

  private convenience init(
    _ reader: inout ConfigReader, withStudentLoss: Bool, withTeacherLoss: Bool,
    in context: AlgorithmContext
  ) throws {
    let path = reader.path
    for key in ["mutator", "pruner", "mutable_cfg", "channel_cfg"]
    where try reader.readIfPresent(key, as: Config.self) != nil {
      throw ConfigError.invalidValue(
        path: path.appending(key),
        message: "a distillation algorithm trains one whole network; see SPOS or AutoSlim, which "
          + "take a distiller, too")
    }
    _ = try reader.read("retraining", default: false)
    let architecture = try reader.build(
      "architecture", from: context.catalogs.architectures, context: context.models)
    try architecture.checkFit(
      path: path.appending("architecture"), on: context.models.device)
    let teaching = try context.teaching(
      reader.readIfPresent("distiller"), path: path.appending("distiller"), scope: reader.scope,
      for: architecture)
    if context.buildsTeachers {
      guard let teaching else { throw ConfigError.missingKey(path: path, key: "distiller") }
      guard !withTeacherLoss || teaching.distiller.trainsTeachers else {
        throw ConfigError.invalidValue(
          path: path.appending("with_teacher_loss"),
          message: "the losses of a teacher that is not trained change nothing; set "
            + "distiller.teacher_trainable=True, or this to False")
      }
    }
    self.init(
      architecture: architecture, teaching: teaching, withStudentLoss: withStudentLoss,
      withTeacherLoss: withTeacherLoss, initRules: try reader.readIfPresent("init_cfg"),
      context: context.models)
  }
}

// MARK: - Training and prediction

extension GeneralDistill {
  public func trainStep(_ batches: [Batch], context: StepContext) throws -> TrainStepOutput {
    let batch = batches[0]
    guard let teaching else {
      preconditionFailure("a distillation algorithm was built without its distiller")
    }
    return TrainStepOutput(
      losses: try teaching.losses(
        of: architecture, batch.input(on: device), batch.annotations,
        withStudent: withStudentLoss, withTeacher: withTeacherLoss), sampleCount: batch.count)
  }

  public func validationStep(_ batch: Batch, context: StepContext) throws -> TrainStepOutput {
    TrainStepOutput(
      losses: try architecture.losses(batch.input(on: device), batch.annotations),
      sampleCount: batch.count)
  }

  public func predict(_ batch: Batch) throws -> [Prediction] {
    try architecture.predictions(of: batch, on: device)
  }

  /// The cost of the student.
  public func complexity(height: Int, width: Int) -> Complexity {
    Complexity.measure(
      architecture, input: [1, architecture.inChannels, height, width], on: device,
      forward: architecture.forwardForCounting)
  }
}
