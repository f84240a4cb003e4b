import Foundation
import Testing

/// AutoSlim as a user runs it, on drawn pictures: the slimmable network, and networks cut from it.
@Suite struct SlimmingFlowTests {
  private let folder = "configs/pruning/autoslim"

  private func options(_ more: [String] = []) throws -> [String] {
    let common = try DemoSet.options([
      "algorithm.architecture.model.backbone.widen_factor=0.5",
      "algorithm.architecture.model.head.in_channels=1280",
      "checkpoint_config.interval=1", "evaluation.interval=1", "runner.max_epochs=1",
    ])
    // These runs count epochs.
    return common.filter { !$0.hasPrefix("runner.max_iters") } + more
  }

  private var channels: String {
    Tool.root.appending(path: "Tests/Fixtures/autoslim/sample_0.yaml").path
  }

  @Test func supernetSubnetsAndTests() throws {
    let work = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: work) }
    let supernet = "\(folder)/autoslim_mbv2_supernet_8xb256_in1k.py"
    let subnet = "\(folder)/autoslim_mbv2_subnet_8xb256_in1k.py"

    let trained = try Tool.run(
      ["train", supernet, "--work-dir", "\(work.path)/supernet", "--seed", "0"] + options())
    #expect(trained.status == 0, "\(trained.errors)")
    let line =
      #/max_model\.loss: [\d.]+, min_model\.loss_kd\.0: [\d.]+, prune_model1_distiller\.loss_kd\.0: [\d.]+, prune_model2_distiller\.loss_kd\.0: [\d.]+, loss: /#
    #expect(trained.errors.contains(line))
    let tested = try Tool.run(
      ["test", supernet, "\(work.path)/supernet/latest.pth", "--metrics", "accuracy"] + options())
    #expect(tested.status == 0, "\(tested.errors)")
    #expect(tested.output.contains(#/\naccuracy_top-1 : \d+\.\d\d\n/#))

    let several = ["algorithm.channel_cfg=\(channels),\(channels)"]
    let both = try Tool.run(
      ["train", subnet, "--work-dir", "\(work.path)/both", "--seed", "0"] + options(several))
    #expect(both.status == 0, "\(both.errors)")
    #expect(
      both.errors.contains(#/prune_model_1\.loss: [\d.]+, prune_model_2\.loss: [\d.]+, loss: /#))

    let one = ["algorithm.channel_cfg=\(channels)"]
    let alone = try Tool.run(
      ["train", subnet, "--work-dir", "\(work.path)/one", "--seed", "0"] + options(one))
    #expect(alone.status == 0, "\(alone.errors)")
    let result = try Tool.run(
      ["test", subnet, "\(work.path)/one/latest.pth", "--metrics", "accuracy"] + options(one))
    #expect(result.status == 0, "\(result.errors)")
  }

  /// Gradients of five batches are accumulated over 2 iterations and clipped; a checkpoint between
  /// the two goes on to the same bits.
  @Test func theSandwichIsAccumulatedClippedAndResumed() throws {
    let work = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: work) }
    let supernet = "\(folder)/autoslim_mbv2_supernet_8xb256_in1k.py"
    let more = try options([
      "optimizer_config._delete_=True", "optimizer_config.type=GradientCumulativeOptimizerHook",
      "optimizer_config.cumulative_iters=2",
      "optimizer_config.grad_clip.max_norm=0.5", "log_config.interval=1",
      "checkpoint_config.interval=1", "checkpoint_config.by_epoch=False",
    ])
    func train(_ name: String, _ arguments: [String] = []) throws -> Tool.Outcome {
      let outcome = try Tool.run(
        [
          "train", supernet, "--work-dir", "\(work.path)/\(name)", "--seed", "0", "--no-validate",
          "--threads", "1",
        ] + arguments + more)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return outcome
    }
    #expect(try train("whole").errors.contains(#/grad_norm: [\d.]+/#))
    _ = try train("rest", ["--resume-from", "\(work.path)/whole/iter_1.pth"])
    for name in ["whole", "rest"] {
      let exported = try Tool.run([
        "export", "\(work.path)/\(name)/latest.pth", "\(work.path)/\(name).safetensors",
        "--safetensors",
      ])
      #expect(exported.status == 0, "\(exported.errors)")
    }
    func weights(_ name: String) throws -> Data {
      let data = try Data(contentsOf: work.appending(path: "\(name).safetensors"))
      // The header holds the meta, with the time of saving.
      return data.dropFirst(8 + data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) })
    }
    #expect(try weights("whole") == weights("rest"))
  }

  @Test func costsOfAPublishedSubnet() throws {
    let outcome = try Tool.run([
      "get-flops", "\(folder)/autoslim_mbv2_subnet_8xb256_in1k.py", "--cfg-options",
      "algorithm.channel_cfg=\(folder)/AUTOSLIM_MBV2_220M_OFFICIAL.yaml",
    ])
    #expect(outcome.output.contains("Flops: 0.22 GFLOPs\nParams: 4.13 M"))
  }

  @Test func channelsOfAnotherNetworkAreRefused() throws {
    let outcome = try Tool.run([
      "get-flops", "\(folder)/autoslim_mbv2_subnet_8xb256_in1k.py", "--cfg-options",
      "algorithm.channel_cfg=\(channels)",
    ])
    #expect(outcome.status == 1)
    #expect(
      outcome.message.hasSuffix(
        "algorithm.channel_cfg: \(channels): backbone.conv1.bn: made for a layer of 16 channels, "
          + "but the network's is 48 channels"))
  }
}
