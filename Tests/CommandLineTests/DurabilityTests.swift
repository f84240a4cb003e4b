import Foundation
import Testing

/// What is on disk after a run was stopped in the worst way.
@Suite struct DurabilityTests {
  private let folder: URL

  init() throws {
    folder = try Tool.temporaryFolder()
  }

  private func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
  }

  private func expectValid(_ file: String) throws {
    let outcome = try Tool.run(["inspect", file])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  /// The weights of a checkpoint, without what a run tells about itself.
  private func weights(of file: String) throws -> Data {
    let out = folder.appending(path: "\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: out) }
    let outcome = try Tool.run(["export", file, out.path, "--safetensors"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    // The header holds the meta, with the time of saving.
    let data = try Data(contentsOf: out)
    let header = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    return data.dropFirst(8 + header)
  }

  /// `MMRAZOR_KILLS` sets how many times.
  @Test func aTrainingThatIsKilledAtAnyMomentGoesOnAndEndsWithTheSameBits() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let count = Int(ProcessInfo.processInfo.environment["MMRAZOR_KILLS"] ?? "") ?? 4
    let options = try DemoSet.options([
      "runner.max_iters=\(min(8 * count, 60))", "checkpoint_config.interval=1",
      "checkpoint_config.max_keep_ckpts=2", "data.samples_per_gpu=4",
    ])
    func train(in work: String, killedAfter seconds: Double? = nil) throws -> Tool.Outcome {
      try Tool.run(
        [
          "train", DemoSet.supernet, "--work-dir", work, "--seed", "3", "--no-validate",
          "--auto-resume", "--threads", "1",
        ] + options, killedAfter: seconds)
    }
    let whole = folder.path + "/whole"
    let started = ContinuousClock.now
    let uninterrupted = try train(in: whole)
    #expect(uninterrupted.status == 0, "\(uninterrupted.errors)")
    let duration = (ContinuousClock.now - started) / .seconds(1)
    let expected = try weights(of: "\(whole)/latest.pth")

    var (kills, unfinished, round) = (0, 0, 0)
    while kills < count {
      round += 1
      let work = "\(folder.path)/killed\(round)"
      var isDone = false
      while kills < count, !isDone {
        let outcome = try train(
          in: work, killedAfter: .random(in: 0..<min(duration, max(2, duration / 4))))
        guard outcome.status == -9 else {
          #expect(outcome.status == 0, "\(outcome.errors)")
          isDone = true
          continue
        }
        kills += 1
        let names = (try? names(in: work)) ?? []
        unfinished += names.count { $0.hasPrefix(".mmrazor-") }
        for name in names where name.hasSuffix(".pth") { try expectValid("\(work)/\(name)") }
        if names.contains(where: { $0.hasPrefix("iter_") && $0 != "iter_1.pth" }) {
          #expect(names.contains("latest.pth"))
        }
      }
      let outcome = try train(in: work)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try weights(of: "\(work)/latest.pth") == expected)
      #expect(try !names(in: work).contains { $0.hasPrefix(".mmrazor-") })
      try FileManager.default.removeItem(atPath: work)
    }
    print("killed \(kills) times, \(unfinished) times while writing a checkpoint")
  }

  @Test func aFailingWriteLeavesThePreviousCheckpoint() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let work = folder.path + "/run"
    try FileManager.default.copyItem(at: DemoSet.run.get(), to: URL(filePath: work))
    // No file beyond 4 MB, as on a disk that is full.
    let outcome = try Tool.run(
      ["train", DemoSet.supernet, "--work-dir", work, "--auto-resume", "--no-validate"]
        + DemoSet.options(), fileBlocks: 8000)
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.contains("mmrazor: error: \(work)/iter_4.pth: cannot write it: File too large")
    )
    let names = try names(in: work)
    #expect(names.contains("iter_2.pth") && !names.contains("iter_4.pth"))
    #expect(!names.contains { $0.hasPrefix(".mmrazor-") })
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: "\(work)/latest.pth")
        == "iter_2.pth")
    try expectValid("\(work)/latest.pth")
  }

  @Test func aRunOfEpochsGoesOnFromTheMiddleOfOneWithTheSameBits() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let config = folder.appending(path: "epochs.py")
    try """
    _base_ = ['\(Tool.root.path)/\(DemoSet.supernet)']
    runner = dict(_delete_=True, type='EpochBasedRunner', max_epochs=2)
    checkpoint_config = dict(by_epoch=False, interval=3)
    """.write(to: config, atomically: true, encoding: .utf8)
    // Five batches an epoch: the third iteration is in the middle of the first.
    let options = try DemoSet.options().filter {
      !$0.hasPrefix("runner.") && !$0.hasPrefix("checkpoint_config.")
    }
    let whole = folder.path + "/whole"
    for (work, more) in [
      (whole, []), (folder.path + "/resumed", ["--resume-from", "\(whole)/iter_3.pth"]),
    ] {
      let outcome = try Tool.run(
        [
          "train", config.path, "--work-dir", work, "--seed", "5", "--no-validate", "--threads",
          "1",
        ] + more + options)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("resumed epoch 0, iter 3") == !more.isEmpty)
    }
    #expect(
      try weights(of: "\(whole)/iter_9.pth") == weights(of: "\(folder.path)/resumed/iter_9.pth"))
    #expect(
      try weights(of: "\(whole)/iter_3.pth") != weights(of: "\(folder.path)/resumed/iter_9.pth"))
  }
}
