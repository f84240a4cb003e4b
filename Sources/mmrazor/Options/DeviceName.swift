internal import ArgumentParser
internal import Tensors

/// The device that `--device` names.
enum DeviceName {
  /// - Throws: `CommandError` when there is no such device.
  static func resolve(_ name: String?, threads: Int?) throws -> any Device {
    let kind = (name ?? "cpu").split(separator: ":").first.map(String.init) ?? ""
    switch kind {
    case "cpu":
      // Loader threads share the cores with those that compute: waiting must not burn them.
      CPU.restartWithBriefSpinning()
      return CPU(threads: threads) {
        // Threads that load data still run: nothing is taken down in order.
        Message.fail(
          "\($0); smaller batches (data.samples_per_gpu) or smaller images need less")
      }
    case "cuda": throw CommandError.noGPU(name ?? kind)
    default: throw CommandError.unknownDevice(name ?? kind)
    }
  }
}
