import Foundation
import Testing

/// What a run makes of the machine: its memory, its threads, its instructions.
@Suite struct ProcessorTests {
  private let folder: URL

  init() throws {
    folder = try Tool.temporaryFolder()
  }

  /// What a run's first step made of its weights.
  private struct Step {
    let loss: String
    let weights: [String: [Float]]
    let log: String
  }

  /// Trains the supernet for one small step, with an activation without kinks: rounding, which
  /// differs between these runs, then cannot flip anything.
  private func train(
    _ name: String, _ arguments: [String] = [], options more: [String] = [],
    environment: [String: String] = [:]
  ) throws -> Step {
    let work = folder.appending(path: name).path
    let options = try DemoSet.options(
      [
        "runner.max_iters=1", "log_config.interval=1", "checkpoint_config.interval=1",
        "data.samples_per_gpu=16", "data.train.pipeline.1.size=64",
        "algorithm.architecture.model.backbone.act_cfg.type=Swish",
      ]
        + ["shuffle_3x3", "shuffle_5x5", "shuffle_7x7", "shuffle_xception"].map {
          "algorithm.mutator.placeholder_mapping.all_blocks.choices.\($0).act_cfg.type=Swish"
        } + more)
    let outcome = try Tool.run(
      ["train", DemoSet.supernet, "--work-dir", work, "--seed", "3", "--no-validate"] + arguments
        + options, environment: environment)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let loss = try #require(outcome.errors.firstMatch(of: #/loss: (\d+\.\d+)/#))
    let out = "\(work)/weights.safetensors"
    let exported = try Tool.run(["export", "\(work)/iter_1.pth", out, "--safetensors"])
    try #require(exported.status == 0, "\(exported.errors)")
    return Step(
      loss: String(loss.1), weights: try weights(of: Data(contentsOf: URL(filePath: out))),
      log: outcome.errors)
  }

  /// The tensors of floats in a `.safetensors` file.
  private func weights(of data: Data) throws -> [String: [Float]] {
    let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try #require(
      try JSONSerialization.jsonObject(with: data.subdata(in: 8..<(8 + length)))
        as? [String: [String: Any]])
    var result: [String: [Float]] = [:]
    for (name, entry) in header where entry["dtype"] as? String == "F32" {
      let offsets = try #require(entry["data_offsets"] as? [Int])
      let bytes = data.subdata(in: (8 + length + offsets[0])..<(8 + length + offsets[1]))
      result[name] = bytes.withUnsafeBytes { raw in
        stride(from: 0, to: raw.count, by: 4).map {
          raw.loadUnaligned(fromByteOffset: $0, as: Float.self)
        }
      }
    }
    return result
  }

  /// The loss is the same, and so are the weights but for rounding.
  private func expectAlike(_ left: Step, _ right: Step) {
    #expect(left.loss == right.loss)
    #expect(left.weights.keys == right.weights.keys)
    for (name, values) in left.weights {
      let distance = zip(values, right.weights[name] ?? []).reduce(0.0) {
        $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
      }
      let error = (distance / max(squaredSize(of: name, in: left), 1e-30)).squareRoot()
      // Each path adds in an order of its own, through twenty layers by statistics of 16 images.
      #expect(error < 1e-3, "\(name): \(error)")
    }
  }

  /// What the rounding of a tensor is measured by: its norm; of a running mean the deviations of the
  /// numbers that it averages. Behind a normalisation without activation they cancel but for biases,
  /// which begin at 1e-4, and what is left says nothing of how they are rounded.
  private func squaredSize(of name: String, in step: Step) -> Double {
    let variances = step.weights[name.replacing(/mean$/, with: "var")]
    guard name.hasSuffix(".running_mean"), let variances else {
      return step.weights[name, default: []].reduce(0) { $0 + Double($1) * Double($1) }
    }
    // One step with a momentum of 0.1: 0.1 mean, 0.9 + 0.1 variance.
    return variances.reduce(0) { $0 + 0.1 * max(Double($1) - 0.9, 0) }
  }

  @Test func theSameSeedAndThreadsGiveTheSameBits() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    func twice(threads: Int) throws -> Step {
      // The option counts, whatever the variable says.
      let runs = try (0..<2).map {
        try train(
          "\(threads)-\($0)", ["--threads", "\(threads)"],
          environment: ["OMP_NUM_THREADS": "\(3 - threads)"])
      }
      #expect(runs[0].weights == runs[1].weights)
      return runs[0]
    }
    let (one, two) = (try twice(threads: 1), try twice(threads: 2))
    let variable = try train("variable", environment: ["OMP_NUM_THREADS": "1"])
    #expect(variable.weights == one.weights)
    expectAlike(two, one)
  }

  @Test(arguments: ["AVX2", "SSE41"])
  func fewerInstructionsGiveTheSameRun(_ limit: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let full = try train("full", ["--threads", "1"])
    let limited = try train(
      "limited", ["--threads", "1"], environment: ["DNNL_MAX_CPU_ISA": limit])
    // Other sums, or the limit did nothing.
    let processor = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    if processor.contains(limit == "AVX2" ? "avx512f" : "avx2") {
      #expect(full.weights != limited.weights)
    }
    expectAlike(full, limited)
  }

  @Test func halfPrecisionIsUsedWhereTheProcessorHasIt() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let (used, missing) = ("convolutions compute in bfloat16", "no instructions for bfloat16")
    let full = try train("full")
    let half = try train("half", options: ["fp16.loss_scale=512."])
    let processor = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    #expect(half.log.contains(processor.contains("avx512_bf16") ? used : missing))
    #expect((half.weights == full.weights) != processor.contains("avx512_bf16"))
    let (halfLoss, fullLoss) = (Double(half.loss) ?? 0, Double(full.loss) ?? 0)
    #expect(abs(halfLoss - fullLoss) < 0.02 * fullLoss)

    let environment = ["DNNL_MAX_CPU_ISA": "AVX2"]
    let without = try train("without", environment: environment)
    let limited = try train(
      "limited", options: ["fp16.loss_scale=dynamic"], environment: environment)
    #expect(limited.log.contains(missing) && !without.log.contains("bfloat16"))
    #expect(limited.log.components(separatedBy: missing).count == 2)
    #expect(limited.weights == without.weights)
  }

  @Test(arguments: [
    ("fp16.loss_scale=large", "fp16.loss_scale: must be a number, 'dynamic' or a dict"),
    ("fp16.loss_scale=0", "fp16.loss_scale: must be above 0"),
    ("fp16.loss_scale.init_scal=1.", "fp16.loss_scale"),
    ("fp16.scale=1.", "fp16"),
  ])
  func wrongHalfPrecisionSaysWhere(option: String, message: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try Tool.run(
      ["train", DemoSet.supernet, "--work-dir", folder.path] + DemoSet.options([option]))
    #expect(outcome.status == 1)
    #expect(outcome.message.contains(message), "\(outcome.message)")
  }

  @Test func aLackOfMemoryIsSaidInOneLine() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try Tool.run(
      [
        "train", DemoSet.supernet, "--work-dir", folder.path + "/run", "--seed", "0",
        "--no-validate", "--threads", "1",
      ] + DemoSet.options(["data.train.pipeline.1.size=768", "data.samples_per_gpu=16"]),
      addressSpace: 3_000_000)
    #expect(outcome.status == 1, "\(outcome.status)")
    #expect(
      outcome.message.contains(
        #/^mmrazor: error: out of memory: [\d.]+ [kMG]B more were wanted, [\d.]+ [MG]B are in use; /#
      ), "\(outcome.message)")
    #expect(outcome.message.contains("smaller batches (data.samples_per_gpu)"))
    #expect(!outcome.errors.contains("Fatal error") && !outcome.errors.contains("Stack dump"))
  }

  @Test func threadsMustBeAtLeastOne() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for command in [["train", DemoSet.supernet], ["search", DemoSet.search, "x"]] {
      let outcome = try Tool.run(command + ["--threads", "0"])
      #expect(outcome.status == 2)
      #expect(outcome.errors.contains("--threads must be at least 1, found 0"))
    }
  }
}
