internal import ArgumentParser
internal import Kernels
internal import Tensors

/// The device that `--device` names. Only the processor is one so far.
struct DeviceName {
  /// - Throws: `CommandError` when there is no such device.
  init(_ name: String?) throws {
    let kind = (name ?? "cpu").split(separator: ":").first.map(String.init) ?? ""
    switch kind {
    case "cpu":
      // Loader threads share the cores with those that compute: waiting must not burn them.
      CPU.restartWithBriefSpinning()
    case "cuda": throw CommandError.noGPU(name ?? kind)
    default: throw CommandError.unknownDevice(name ?? kind)
    }
  }

  func device(threads: Int?, _ precision: Precision) -> any Device {
    CPU(threads: threads, precision: precision) {
      // Threads that load data still run: nothing is taken down in order.
      Message.fail("\($0); smaller batches (data.samples_per_gpu) or smaller images need less")
    }
  }
}
