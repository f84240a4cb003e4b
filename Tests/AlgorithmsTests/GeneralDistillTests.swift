import Annotations
import Configs
import NN
import Tensors
import TestKit
import Testing
import Training

@testable import Algorithms

@Suite("GeneralDistill")
struct GeneralDistillTests {
  private func optimizer(of algorithm: any Algorithm, _ fixture: DistillFixture) -> Optimizer {
    Optimizer(
      name: "SGD",
      groups: [
        ParameterGroup(
          parameters: algorithm.namedParameters().map(\.parameter), learningRate: fixture.rate,
          weightDecay: fixture.decay, rule: SGD(momentum: fixture.momentum))
      ])
  }

  /// Steps of the original in double precision.
  @Test(arguments: ["wsld", "rkd"])
  func stepsAreTheOriginalOnes(_ name: String) throws {
    let fixture = try DistillFixture.load()
    let recorded = name == "wsld" ? fixture.wsld : fixture.rkd
    let tensors = try Fixtures.tensors("distillation/steps.safetensors")
    let component = name == "wsld" ? DistillFixture.wsldComponent : DistillFixture.rkdComponent
    let algorithm = try DistillFixture.build(DistillFixture.config([component]))
    #expect(algorithm.stateEntries().map(\.name) == recorded.keys.map(\.first))
    #expect(
      algorithm.stateEntries().map(\.entry.value.shape.dimensions)
        == recorded.keys.map(\.second))
    let parameters = algorithm.namedParameters()
    #expect(parameters.reduce(0) { $0 + $1.parameter.shape.count } == recorded.parameters)
    algorithm.fillWithCounterNumbers()
    algorithm.setTraining(true)
    let optimizer = optimizer(of: algorithm, fixture)
    for (step, log) in recorded.logs.enumerated() {
      let context = StepContext(
        optimizers: .single(optimizer), epoch: 0, iteration: step, seed: 0)
      let output = try algorithm.trainStep(
        [DistillFixture.batch(step, labels: fixture.labels[step])], context: context)
      #expect(output.logVariables.map(\.0) == log.map(\.first))
      for (variable, expected) in zip(output.logVariables, log) {
        let error = abs(variable.1 - expected.second) / abs(expected.second)
        #expect(error < 1e-3, "step \(step + 1) \(variable.0): \(error)")
      }
      try context.backward(from: try #require(output.loss))
      let gradients = algorithm.architecture.namedParameters().map { _, parameter in
        if case .value(let gradient) = parameter.gradient {
          Float(norm(of: gradient))
        } else {
          Float.nan
        }
      }
      let key = "\(name).step\(step + 1)"
      #expect(relativeError(gradients, try tensors.floats("\(key).gradients")) < 1e-3)
      try context.step()
      let norms = parameters.map { Float(norm(of: $0.parameter.value)) }
      #expect(relativeError(norms, try tensors.floats("\(key).parameters")) < 1e-3)
    }
    let statistics = algorithm.stateEntries().filter { $0.name.contains("running_") }
    #expect(
      relativeError(
        statistics.map { Float(norm(of: $0.entry.value)) },
        try tensors.floats("\(name).statistics")) < 1e-3)
    algorithm.setTraining(false)
    let predictions = try algorithm.predict(
      DistillFixture.batch(0, labels: fixture.labels[0]))
    let scores = predictions.flatMap { prediction in
      if case .scores(let scores) = prediction { scores } else { [Float]() }
    }
    #expect(relativeError(scores, try tensors.floats("\(name).scores")) < 1e-3)
    let states = parameters.filter { optimizer.state(of: $0.parameter) != nil }
    #expect(states.count == recorded.states)
  }

  private func small(_ change: (inout Config) -> Void = { _ in }) throws -> any Algorithm {
    var config = DistillFixture.config(
      [DistillFixture.wsldComponent], studentDepth: 18, teacherDepth: 18)
    change(&config)
    let algorithm = try DistillFixture.build(config)
    algorithm.setTraining(true)
    return algorithm
  }

  private func variables(_ algorithm: any Algorithm) throws -> [String] {
    let optimizer = optimizer(of: algorithm, try DistillFixture.load())
    return try algorithm.trainStep(
      [DistillFixture.batch(0, labels: [3, 9, 0, 5])],
      context: StepContext(optimizers: .single(optimizer), epoch: 0, iteration: 0, seed: 0)
    ).logVariables.map(\.0)
  }

  @Test func aTeacherThatIsNotTrainedIsEvaluated() throws {
    let algorithm = try small()
    let modules = algorithm.namedModules()
    #expect(
      modules.filter { $0.path.hasPrefix("distiller.teacher") }
        .allSatisfy { !$0.module.isTraining })
    #expect(
      modules.filter { $0.path.hasPrefix("architecture") }.allSatisfy { $0.module.isTraining })
    let norms = try small { $0["distiller"]?["teacher_norm_eval"] = false }.namedModules()
    let trained = norms.filter {
      $0.path.hasPrefix("distiller.teacher") && $0.module is BatchNorm2d
    }
    #expect(trained.count > 10 && trained.allSatisfy { $0.module.isTraining })
  }

  @Test func lossesAreThoseAskedFor() throws {
    #expect(
      try variables(try small { $0["with_student_loss"] = false })
        == ["distiller.loss_wsld.0", "loss"])
    let both = try small {
      $0["with_teacher_loss"] = true
      $0["distiller"]?["teacher_trainable"] = true
    }
    #expect(
      try variables(both)
        == ["teacher.loss", "student.loss", "distiller.loss_wsld.0", "loss"])
    let manual = try small {
      $0["type"] = "Distillation"
      $0["use_gt"] = true
      for key in ["with_student_loss", "with_teacher_loss"] { $0[key] = nil }
    }
    #expect(try variables(manual) == ["student.loss", "distiller.loss_wsld.0", "loss"])
    #expect(throws: ConfigError.self) { _ = try small { $0["with_teacher_loss"] = true } }
  }

  @Test func aTrainedTeacherGetsGradients() throws {
    let algorithm = try small { $0["distiller"]?["teacher_trainable"] = true }
    let optimizer = optimizer(of: algorithm, try DistillFixture.load())
    let context = StepContext(
      optimizers: .single(optimizer), epoch: 0, iteration: 0, seed: 0)
    let output = try algorithm.trainStep(
      [DistillFixture.batch(0, labels: [3, 9, 0, 5])], context: context)
    try context.backward(from: try #require(output.loss))
    let teacher = algorithm.namedParameters().filter {
      $0.name.hasPrefix("distiller.teacher.")
    }
    let haveGradients = teacher.allSatisfy {
      if case .value = $0.parameter.gradient { true } else { false }
    }
    #expect(!teacher.isEmpty && haveGradients)
  }

  @Test func severalTeachersHaveComponentsOfTheirOwn() throws {
    let algorithm = try small {
      var first = DistillFixture.classifier(depth: 18)
      first["init_cfg"] = Config.none
      var second = first
      first["components"] = .list([DistillFixture.wsldComponent])
      second["components"] = .list([DistillFixture.rkdComponent])
      $0["distiller"] = [
        "type": "MultiTeachersDistiller", "teacher": .list([first, second]),
      ]
    }
    #expect(
      try variables(algorithm) == [
        "student.loss", "distiller.loss_wsld.0", "distiller.distance_wise_loss.0",
        "distiller.angle_wise_loss.0", "loss",
      ])
    let keys = algorithm.stateEntries().map(\.name)
    #expect(keys.contains("distiller.teacher.0.backbone.conv1.weight"))
    #expect(keys.contains("distiller.teacher.1.head.fc.bias"))
  }

  @Test func aStudentCanTeachItself() throws {
    let algorithm = try small {
      $0["distiller"] = [
        "type": "SelfDistiller",
        "components": [
          [
            "student_module": "backbone.layer3", "teacher_module": "backbone.layer4",
            "losses": [["type": "DistanceWiseRKD", "name": "loss_rkd"]],
          ]
        ],
      ]
    }
    #expect(try variables(algorithm) == ["student.loss", "distiller.loss_rkd.0", "loss"])
    #expect(algorithm.stateEntries().allSatisfy { $0.name.hasPrefix("architecture.") })
  }

  @Test func connectorsJoinFeaturesOfUnlikeChannels() throws {
    func component(_ align: Config?) -> Config {
      var component: Config = [
        "student_module": "backbone.layer2", "teacher_module": "backbone.layer3",
        "losses": [["type": "L2Loss", "name": "loss_hint"]],
      ]
      component["align_module"] = align
      return component
    }
    let aligned = try small {
      $0["distiller"]?["components"] = .list([
        component([
          "type": "conv2d", "student_channels": 128, "teacher_channels": 256, "stride": 2,
        ])
      ])
    }
    #expect(
      aligned.stateEntries().suffix(2).map(\.name) == [
        "distiller.align_modules.component_0.weight", "distiller.align_modules.component_0.bias",
      ])
    #expect(try variables(aligned) == ["student.loss", "distiller.loss_hint.0", "loss"])
    let plain = try small { $0["distiller"]?["components"] = .list([component(nil)]) }
    let error = #expect(throws: (any Error).self) { _ = try variables(plain) }
    #expect("\(try #require(error))".contains("[4, 128, 8, 8] and the teacher's [4, 256, 4, 4]"))
  }

  @Test func aTeacherWithoutWeightsIsAnErrorUnlessItIsWanted() throws {
    var config = DistillFixture.config([DistillFixture.wsldComponent], teacherDepth: 18)
    var warnings: [String] = []
    let wanted = try DistillFixture.build(config) { warnings.append($0) }
    #expect(warnings.isEmpty)
    try wanted.initializeWeights()
    #expect(warnings.count == 1 && warnings[0].contains("algorithm.distiller.teacher.init_cfg"))
    config["distiller"]?["teacher"]?["init_cfg"] = nil
    let missing = try DistillFixture.build(config)
    let error = #expect(throws: ConfigError.self) { try missing.initializeWeights() }
    #expect(
      error?.description.contains(
        "algorithm.distiller.teacher.init_cfg: the teacher has no weights") == true)
  }
}
