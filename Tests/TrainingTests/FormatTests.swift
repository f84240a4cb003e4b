import Logging
import OrderedCollections
import Testing
import Vision

@testable import Training

/// Lines that the original wrote, built from their facts.
@Suite("Log formats")
struct FormatTests {
  @Test("a line of training by iterations")
  func iterations() {
    let record = LogRecord(
      mode: .train, epoch: 1, iteration: 4, rates: .single(0.0075),
      values: [
        "data_time": .scalar(0.061_46), "loss": .scalar(6.281_464_576_721_191),
        "time": .scalar(2.261_33),
      ])
    #expect(
      record.text(.byIteration(count: 12), eta: 18)
        == "Iter [4/12]\tlr: 7.500e-03, eta: 0:00:18, time: 2.261, data_time: 0.061, loss: 6.2815")
    #expect(
      record.json
        == #"{"mode": "train", "epoch": 1, "iter": 4, "lr": 0.0075, "data_time": 0.06146, "#
        + #""loss": 6.28146, "time": 2.26133}"#)
  }

  @Test("a line of an evaluation")
  func evaluation() {
    let record = LogRecord(
      mode: .validation, epoch: 1, iteration: 3, rates: .single(0.005_833_333_333_333_334),
      values: ["accuracy_top-1": .scalar(25), "accuracy_top-5": .scalar(100)])
    #expect(
      record.text(.byIteration(count: 12), eta: nil)
        == "Iter(val) [3]\taccuracy_top-1: 25.0000, accuracy_top-5: 100.0000")
    #expect(
      record.json
        == #"{"mode": "val", "epoch": 1, "iter": 3, "lr": 0.00583, "accuracy_top-1": 25.0, "#
        + #""accuracy_top-5": 100.0}"#)
    #expect(
      record.text(.byEpoch(batchCount: 5), eta: nil)
        == "Epoch(val) [1][3]\taccuracy_top-1: 25.0000, accuracy_top-5: 100.0000")
  }

  @Test("a line of training by epochs with two optimizers")
  func epochs() {
    let record = LogRecord(
      mode: .train, epoch: 2, iteration: 4,
      rates: .named([("architecture", 0.013_000_000_000_000_001), ("mutator", 3e-4)]),
      values: [
        "data_time": .scalar(0.005_77), "top-1": .scalar(87.5), "top-5": .scalar(100),
        "loss": .scalar(0.817_744), "time": .scalar(20.765_58),
      ])
    #expect(
      record.text(.byEpoch(batchCount: 5), eta: 10)
        == "Epoch [2][4/5]\tlr_architecture: 1.300e-02 lr_mutator: 3.000e-04, eta: 0:00:10, "
        + "time: 20.766, data_time: 0.006, top-1: 87.5000, top-5: 100.0000, loss: 0.8177")
    #expect(
      record.json
        == #"{"mode": "train", "epoch": 2, "iter": 4, "lr": {"architecture": "#
        + #"0.013000000000000001, "mutator": 0.0003}, "data_time": 0.00577, "top-1": 87.5, "#
        + #""top-5": 100.0, "loss": 0.81774, "time": 20.76558}"#)
  }

  @Test("a message of the log")
  func message() {
    #expect(
      RunLogHandler.line(
        time: LocalTime(secondsSinceEpoch: 0.839_5), name: "mmcls", level: .warning, message: "x"
      ).hasSuffix(":00,839 - mmcls - WARNING - x\n"))
  }

  @Test(
    "durations as Python's timedelta",
    arguments: [
      (18, "0:00:18"), (3725, "1:02:05"), (86_400, "1 day, 0:00:00"),
      (190_000, "2 days, 4:46:40"),
    ])
  func durations(seconds: Int, text: String) {
    #expect(PythonText.duration(seconds: seconds) == text)
  }

  @Test(
    "numbers as Python's repr",
    arguments: [
      (0.1, "0.1"), (1e-5, "1e-05"), (25, "25.0"), (1e16, "1e+16"),
      (12_345_678_901_234_568, "1.2345678901234568e+16"),
      (0.000_1, "0.0001"), (9_007_199_254_740_994, "9007199254740994.0"), (-2.5, "-2.5"),
    ])
  func numbers(value: Double, text: String) {
    #expect(PythonText.representation(value) == text)
  }

  @Test("text beyond ASCII is escaped in JSON")
  func escapes() {
    #expect(JSONText.string("é\n\"\\😀") == #""\u00e9\n\"\\\ud83d\ude00""#)
  }

  @Test("the progress bar is mmcv's")
  func progressBar() {
    #expect(
      ProgressBar.line(completed: 12, total: 500, elapsed: 0.385, terminalWidth: 200)
        == "\r[>" + String(repeating: " ", count: 49)
        + "] 12/500, 31.2 task/s, elapsed: 0s, ETA:    16s")
    #expect(
      ProgressBar.line(completed: 500, total: 500, elapsed: 10, terminalWidth: 80)
        == "\r[" + String(repeating: ">", count: 29)
        + "] 500/500, 50.0 task/s, elapsed: 10s, ETA:     0s")
  }

  @Test("a full disk is said, with the file")
  func fullDisk() {
    let error = #expect(throws: TrainingError.self) {
      try AppendingFile(path: "/dev/full").write("x")
    }
    #expect(error?.description == "/dev/full: cannot be written: No space left on device")
  }

  @Test("averages weigh values by their number of samples")
  func averages() {
    var buffer = LogBuffer()
    buffer.update([("loss", 1)], count: 8)
    buffer.update([("loss", 4)], count: 4)
    buffer.average(window: 10)
    #expect(buffer.output["loss"] == .scalar(2))
    buffer.average(window: 1)
    #expect(buffer.output["loss"] == .scalar(4))
  }
}
