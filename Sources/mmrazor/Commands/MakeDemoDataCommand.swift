internal import ArgumentParser
internal import Foundation
internal import Synchronization
internal import Training
internal import Vision

struct MakeDemoDataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make-demo-data",
    abstract: "Draw a small picture set of ten kinds of shapes, in ImageNet layout.",
    discussion: """
      Writes DIR/train and DIR/val with one folder of JPEG files per class, lists of them in \
      DIR/meta, boxes as COCO JSON in DIR/annotations and masks as PNG in DIR/masks. The same \
      seed gives the same bytes.
      """)

  @Argument(help: "folder to write into", completion: .directory)
  var folder: String

  @Option(help: "seed of the drawing")
  var seed: UInt64 = 0

  @Option(help: "number of training pictures")
  var train = 2000

  @Option(help: "number of validation pictures")
  var val = 500

  func validate() throws {
    guard train > 0, val > 0 else {
      throw ValidationError("--train and --val must be at least 1")
    }
  }

  func run() throws {
    let start = ContinuousClock.now
    let bar = SharedProgressBar()
    bar.start(total: train + val)
    try DemoData.write(to: folder, seed: seed, trainCount: train, valCount: val) { done, _ in
      bar.advance(to: done)
    }
    bar.finish()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    print(
      "wrote \(train) training and \(val) validation pictures of \(DemoData.classes.count) classes to \(folder) "
        + "in \(String(format: "%.1f", seconds)) s")
  }
}

/// A progress bar that several threads may move; nothing where there is no terminal.
private final class SharedProgressBar: Sendable {
  private struct State {
    let bar = ProgressBar.forTerminal()
    var shown = 0
  }

  private let state = Mutex(State())

  func start(total: Int) {
    state.withLock { $0.bar?.start(total: total) }
  }

  func advance(to done: Int) {
    state.withLock { state in
      guard done > state.shown else { return }
      state.bar?.advance(by: done - state.shown)
      state.shown = done
    }
  }

  func finish() {
    state.withLock { $0.bar?.finish() }
  }
}
