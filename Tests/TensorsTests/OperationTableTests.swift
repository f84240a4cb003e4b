import Foundation
import Tensors
import TestKit
import Testing

/// Every public operation: its gradient against central differences, and that values of PyTorch
/// are recorded for it.
@Suite struct OperationTableTests {
  let cpu = CPU(threads: 2)

  @Test(arguments: Set(OperationTable.all.map(\.name)).sorted())
  func gradientsAgreeWithDifferences(_ name: String) {
    for testCase in OperationTable.all where testCase.name == name {
      let error = testCase.error(on: cpu)
      #expect(error < testCase.tolerance, "\(testCase.testDescription): \(error)")
    }
  }

  /// What the recorded cases call an operation.
  static let recorded: [String: [String]] = [
    "+": ["add", "affine"], "-": ["sub", "affine"], "*": ["mul", "affine"],
    "/": ["div", "affine", "reciprocal"], "pow": ["power", "pow", "square"],
    "maximum": ["maximum"], "minimum": ["minimum"], "select": ["where"], "filled": ["where"],
    "exp": ["exp"], "log": ["log"], "sqrt": ["sqrt"], "abs": ["abs"], "clamp": ["clamp"],
    "activate": [
      "relu", "relu6", "hardswish", "hardsigmoid", "sigmoid", "swish", "tanh", "leaky_relu",
      "gelu", "HSwish", "HSigmoid",
    ],
    "conv2d": ["conv2d"], "linear": ["linear"], "matrixProduct": ["matmul", "matmul_transposed"],
    "prelu": ["prelu"], "groupNorm": ["group_norm"], "batchNormTraining": ["batch_norm"],
    "batchNormInference": ["batch_norm"], "pool": ["max_pool2d", "avg_pool2d"],
    "globalAveragePool": ["adaptive_avg_pool2d"], "globalMaxPool": ["adaptive_max_pool2d"],
    "adaptiveAveragePool": ["adaptive_avg_pool2d"], "adaptiveMaxPool": ["adaptive_max_pool2d"],
    "resize": ["interpolate"], "pad": ["pad"], "concatenate": ["cat"], "slice": ["slice"],
    "chunk": ["chunk"], "split": ["split"], "taking": ["index_select"], "gathered": ["gather"],
    "reshaped": ["reshape"], "flattened": ["flatten"], "channelShuffle": ["channel_shuffle"],
    "concatenateShuffled": ["channel_shuffle"], "transposed": ["permute"],
    "permuted": ["permute"], "sum": ["sum"], "mean": ["mean"], "max": ["amax", "max"],
    "min": ["amin", "min"], "norm": ["norm"], "softmax": ["softmax"],
    "logSoftmax": ["log_softmax"], "crossEntropy": ["cross_entropy"],
    "softCrossEntropy": ["soft_cross_entropy"],
    "binaryCrossEntropyWithLogits": ["binary_cross_entropy"], "l1Loss": ["l1_loss"],
    "smoothL1Loss": ["smooth_l1_loss"], "squaredError": ["mse_loss"],
    "klDivergence": ["kl_div", "kl_div_log"], "stack": ["stack"], "sorted": ["sort"],
    "topK": ["topk"], "spread": ["index_add"], "scattered": ["scatter_add"],
    "replacing": ["index_copy"], "elements": ["masked_select"],
    "sigmoidFocalLoss": ["sigmoid_focal_loss"], "qualityFocalLoss": ["quality_focal_loss"],
    "alignRegions": ["roi_align"],
  ]

  /// PyTorch's random numbers are not ours: its mask cannot be compared.
  static let unrecorded: Set = ["dropout", "dropChannels"]

  @Test func everyOperationHasRecordedValues() throws {
    var present: Set<String> = []
    for path in ["ops/ops.json", "dense/dense.json"] {
      let data = try Data(contentsOf: Fixtures.url(path))
      let table = try #require(
        try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]])
      present.formUnion(table.values.compactMap { $0["operation"] as? String })
    }
    for name in Set(OperationTable.all.map(\.name)).subtracting(Self.unrecorded) {
      let wanted = try #require(Self.recorded[name], "\(name)")
      for operation in wanted { #expect(present.contains(operation), "\(operation) for \(name)") }
    }
  }

  /// Public functions that are no operations on values: steps of optimizers, and masks and places and
  /// a convolution of inference, which have no gradient.
  static let others: Set = [
    "sgdUpdate", "adamUpdate", "gradientNorm", "scaleGradients", "argmax", "argmin", ".==", ".!=",
    ".<", ".<=", ".>", ".>=", "separableConv2d", "nonzeroPlaces",
  ]

  @Test func theTableHoldsEveryPublicFunction() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/Tensors/Operations")
    let declaration = /public (?:static )?(?:prefix )?func (\w+|[^\w\s(]+)/
    var found: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
      for match in text.matches(of: declaration) { found.insert(String(match.1)) }
    }
    #expect(found.count > 60)
    let known = Set(OperationTable.all.map(\.name)).union(Self.others)
    #expect(found.subtracting(known).isEmpty)
  }
}
