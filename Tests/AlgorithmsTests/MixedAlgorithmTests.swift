import Annotations
import Configs
import NN
import Tensors
import TestKit
import Testing
import Training

@testable import Algorithms

/// Distillers inside other algorithms, by config alone.
@Suite("Mixed algorithms")
struct MixedAlgorithmTests {
  private static let teacher: Config = {
    var teacher = DistillFixture.classifier(depth: 18)
    teacher["init_cfg"] = Config.none
    return [
      "type": "SingleTeacherDistiller", "teacher": teacher,
      "components": [
        [
          "student_module": "head.fc", "teacher_module": "head.fc",
          "losses": [["type": "KLDivergence", "name": "loss_kd", "tau": 2]],
        ]
      ],
    ]
  }()

  private func step(
    _ algorithm: any Algorithm
  ) throws -> (output: TrainStepOutput, context: StepContext) {
    algorithm.setTraining(true)
    let optimizer = Optimizer(
      name: "SGD",
      groups: [
        ParameterGroup(
          parameters: algorithm.namedParameters().map(\.parameter), learningRate: 1e-3,
          weightDecay: 0, rule: SGD(momentum: 0.9))
      ])
    let context = StepContext(
      optimizers: .single(optimizer), epoch: 0, iteration: 0, seed: 0)
    let batch = DistillFixture.batch(0, labels: [3, 9, 0, 5])
    return (try algorithm.trainStep([batch], context: context), context)
  }

  @Test func widthsLearnFromATeacherOfTheirOwn() throws {
    var config = AutoSlimFixture.config()
    config["distiller"] = Self.teacher
    let algorithm = try DistillFixture.build(config)
    let teacher = algorithm.namedParameters().filter { $0.name.hasPrefix("distiller.teacher.") }
    let before = teacher.map { norm(of: $0.parameter.value) }
    let names = try step(algorithm).output.logVariables.map(\.0)
    #expect(
      names == [
        "max_model.loss", "max_model.loss_kd.0", "min_model.loss_kd.0",
        "prune_model1_distiller.loss_kd.0", "prune_model2_distiller.loss_kd.0", "loss",
      ])
    #expect(!teacher.isEmpty && teacher.map { norm(of: $0.parameter.value) } == before)
    config["distiller"]?["teacher_trainable"] = true
    #expect(throws: ConfigError.self) { _ = try DistillFixture.build(config) }
  }

  @Test func aPlainNetworkOfSPOSLearnsFromATeacher() throws {
    let algorithm = try DistillFixture.build([
      "type": "SPOS",
      "architecture": [
        "type": "MMClsArchitecture", "model": DistillFixture.classifier(depth: 18),
      ],
      "retraining": true, "distiller": Self.teacher,
    ])
    let names = try step(algorithm).output.logVariables.map(\.0)
    #expect(names == ["student.loss", "distiller.loss_kd.0", "loss"])
  }

  @Test func aStudentTakesAFunctionsResultFromTheTeacher() throws {
    var config = DistillFixture.config([DistillFixture.wsldComponent], teacherDepth: 18)
    config["type"] = "AlignMethodDistill"
    #expect(throws: ConfigError.self) { _ = try DistillFixture.build(config) }
    config["distiller"]?["align_methods"] = [
      ["method": "GlobalAveragePooling.forward", "import_module": "mmcls.models.necks.gap"]
    ]
    let algorithm = try DistillFixture.build(config)
    let (output, context) = try step(algorithm)
    try context.backward(from: try #require(output.loss))
    func haveGradients(_ prefix: String) -> [Bool] {
      algorithm.namedParameters().filter { $0.name.hasPrefix(prefix) }.map {
        if case .value = $0.parameter.gradient { true } else { false }
      }
    }
    // The head computes from the teacher's features, which the backbone had no part in.
    #expect(haveGradients("architecture.model.head.") == [true, true])
    let backbone = haveGradients("architecture.model.backbone.")
    #expect(backbone.count > 50 && !backbone.contains(true))
    let modules = algorithm.namedModules()
    #expect(modules.allSatisfy { !$0.module.isIntercepted })
    config["type"] = "GeneralDistill"
    #expect(throws: ConfigError.self) { _ = try DistillFixture.build(config) }
    config["type"] = "AlignMethodDistill"
    config["distiller"]?["align_methods"] = [["method": "torch.randperm"]]
    let error = #expect(throws: ConfigError.self) { _ = try DistillFixture.build(config) }
    #expect(error?.description.contains("'torch.randperm' cannot be exchanged") == true)
  }
}
