import Annotations
import Configs
import Distillation
import NN
import Tensors
import TestKit
import Testing

@Suite("Distillation losses")
struct DistillationLossTests {
  let cpu = CPU(threads: 1)

  struct Recorded: Decodable {
    struct Row: Decodable {
      let config: [String: Field]
      let student: [Int]
      let teacher: [Int]
      let scale: Double
      let detached: Bool
      /// Whether the original's gradient of the teacher is a number.
      let compared: Bool
    }
    let labels: [Int]
    let losses: [Row]
  }

  /// A value of a loss's config.
  enum Field: Decodable {
    case bool(Bool)
    case number(Double)
    case string(String)

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let bool = try? value.decode(Bool.self) {
        self = .bool(bool)
      } else if let number = try? value.decode(Double.self) {
        self = .number(number)
      } else {
        self = .string(try value.decode(String.self))
      }
    }

    var config: Config {
      switch self {
      case .bool(let value): .bool(value)
      case .number(let value): value == value.rounded() ? .int(Int(value)) : .float(value)
      case .string(let value): .string(value)
      }
    }
  }

  private func loss(_ config: Config) throws -> any DistillationLoss {
    try DistillationLosses.builtIn.build(
      config, path: "loss", scope: .mmcls,
      context: .init(device: cpu, generator: Generator(seed: 0)))
  }

  private func output(_ name: String, _ shape: [Int], scale: Double) -> Tensor {
    let values = CounterNumbers.signed(name, count: shape.reduce(1, *))
    return Tensor(
      values.map { Float(scale * $0) }, shape: Shape(shape),
      layout: shape.count == 4 ? .channelsLast : .rowMajor, on: cpu)
  }

  @Test func lossesAndGradientsAreTheOriginalOnes() throws {
    let tensors = try Fixtures.tensors("distillation/losses.safetensors")
    let recorded = try Fixtures.json("distillation/losses.json", as: Recorded.self)
    #expect(recorded.losses.count == 28)
    for (index, row) in recorded.losses.enumerated() {
      var config: Config = [:]
      for (key, value) in row.config { config[key] = value.config }
      let tape = Tape()
      let student = tape.watch(
        output("student", row.student, scale: row.scale), needsGradient: true)
      let teacher = tape.watch(
        output("teacher", row.teacher, scale: row.scale), needsGradient: true)
      let loss = try self.loss(config)
      let value = try loss(
        OutputPair(
          student: student, teacher: teacher,
          annotations: recorded.labels.map { ImageAnnotation(label: $0) }))
      tape.backward(from: value)
      let expected = try tensors.floats("\(index).value")
      #expect(relativeError(value, expected) < 1e-5, "\(config)")
      let gradient = try #require(tape.gradient(of: student))
      let error = relativeError(gradient, try tensors.floats("\(index).student"))
      #expect(error < 1e-5, "\(config)")
      if row.detached {
        #expect(tape.gradient(of: teacher) == nil, "\(config)")
      } else if row.compared {
        let gradient = try #require(tape.gradient(of: teacher))
        let error = relativeError(gradient, try tensors.floats("\(index).teacher"))
        #expect(error < 1e-5, "\(config)")
      }
    }
  }

  @Test func gradientsAreThoseOfDifferences() throws {
    let labels = [1, 0, 2, 2].map { ImageAnnotation(label: $0) }
    let cases: [(any DistillationLoss, Shape)] = [
      (KLDivergence(temperature: 2), [4, 3]), (ChannelWiseDivergence(), [4, 2, 2, 3]),
      (DistanceWiseRKD(weight: 2), [4, 3]), (AngleWiseRKD(weight: 2), [4, 3]),
      (DKDLoss(otherWeight: 3), [4, 3]), (DISTLoss(), [4, 3]), (ATLoss(), [4, 2, 2, 3]),
      (L2Loss(), [4, 2, 2, 3]), (L2Loss(isDistance: true), [4, 3]),
    ]
    for (loss, shape) in cases {
      let teacher = Tensor.random(shape, seed: 1, on: cpu)
      let error = gradientError(inputs: [Tensor.random(shape, seed: 2, on: cpu)], step: 1e-3) {
        (try? loss(OutputPair(student: $0[0], teacher: teacher, annotations: labels)))
          ?? Tensor.zeros([], on: cpu)
      }
      #expect(error < 1e-2, "\(loss)")
    }
  }

  @Test(arguments: [1, 2])
  func relationsOfFewImagesAreFinite(count: Int) throws {
    let student = output("student", [count, 4], scale: 1)
    let teacher = output("teacher", [count, 4], scale: 1)
    for loss in [DistanceWiseRKD() as any DistillationLoss, AngleWiseRKD()] {
      let tape = Tape()
      let watched = tape.watch(student, needsGradient: true)
      let value = try loss(OutputPair(student: watched, teacher: teacher))
      tape.backward(from: value)
      #expect(abs(value.scalar) < 1e-6)
      #expect(tape.gradient(of: watched)?.values.allSatisfy { abs($0) < 1e-4 } ?? true)
    }
  }

  @Test func equalImagesGiveFiniteGradients() throws {
    let student = Tensor.zeros([3, 4], on: cpu)
    let teacher = output("teacher", [3, 4], scale: 1)
    for loss in [
      DistanceWiseRKD() as any DistillationLoss, AngleWiseRKD(), L2Loss(), L2Loss(isDistance: true),
    ] {
      let tape = Tape()
      let watched = tape.watch(student, needsGradient: true)
      tape.backward(from: try loss(OutputPair(student: watched, teacher: teacher)))
      let gradient = try #require(tape.gradient(of: watched))
      #expect(gradient.values.allSatisfy { $0.isFinite }, "\(loss)")
    }
  }

  @Test func aSureTeacherGivesAFiniteLoss() throws {
    let student = Tensor([0, 200, 0], shape: [1, 3], on: cpu)
    let teacher = Tensor([300, 0, 0], shape: [1, 3], on: cpu)
    let value = try DKDLoss()(
      OutputPair(student: student, teacher: teacher, annotations: [ImageAnnotation(label: 0)]))
    // 200 for the target class; half of log 1/2 and half of log 1/2 + 200 for the others.
    #expect(abs(value.scalar - 299.31) < 0.1)
  }

  @Test func badOutputsAndLabelsAreNamed() {
    func error(_ loss: any DistillationLoss, _ shape: [Int], _ labels: [Int]?) -> DistillationError?
    {
      let pair = OutputPair(
        student: output("student", shape, scale: 1), teacher: output("teacher", shape, scale: 1),
        annotations: (labels ?? []).map { ImageAnnotation(label: $0) })
      return #expect(throws: DistillationError.self) { _ = try loss(pair) }
    }
    let wsld = WSLD(classCount: 3)
    #expect(error(wsld, [2, 3], nil) == .missingLabels(loss: "WSLD"))
    #expect(
      error(wsld, [2, 3], [0, 3]) == .labelOutOfRange(loss: "WSLD", label: 3, classCount: 3))
    #expect(
      error(wsld, [2, 4], [0, 1])
        == .classCountMismatch(loss: "WSLD", expected: 3, found: 4))
    #expect(
      error(DKDLoss(), [2, 3, 1, 1], [0, 1])
        == .needsScores(loss: "DKDLoss", found: [2, 3, 1, 1]))
    #expect(error(ATLoss(), [2, 3], nil) == .needsMaps(loss: "ATLoss", found: [2, 3]))
  }
}
