import Tensors
import TestKit

extension OperationTable {
  static let movement = alongAxes + others + permutations

  private static let alongAxes: [OperationCase] =
    (0..<4).flatMap { (axis) -> [OperationCase] in
      [
        OperationCase("concatenate", "axis \(axis)", [[2, 6, 3, 2], [2, 6, 3, 2]]) { x, _ in
          concatenate(x, axis: axis)
        },
        OperationCase("slice", "axis \(axis)", [[2, 6, 3, 2]]) { x, _ in
          x[0].slice(axis: axis, 1..<2)
        },
        OperationCase("chunk", "axis \(axis)", [[3, 7, 3, 5]]) { x, _ in
          let parts = x[0].chunk(2, axis: axis)
          return parts[0].sum() * parts[1].exp()
        },
        OperationCase("split", "axis \(axis)", [[3, 3, 3, 3]]) { x, _ in
          let parts = x[0].split([1, 2], axis: axis)
          return parts[1] * parts[0]
        },
        OperationCase("taking", "axis \(axis)", [[3, 11, 3, 4]]) { x, _ in
          x[0].taking([2, 0, 2, 1, 2], axis: axis)
        },
        OperationCase("gathered", "axis \(axis)", [[3, 3, 3, 3]]) { x, _ in
          x[0].gathered((0..<54).map { $0 * 7 % 3 }, count: 2, axis: axis)
        },
      ]
    }

  private static let others: [OperationCase] = [
    OperationCase("reshaped", "", [[2, 6, 3, 2]]) { x, _ in x[0].reshaped([3, 2, 2, 6]) },
    OperationCase("flattened", "", [[2, 6, 3, 2]]) { x, _ in x[0].flattened() },
    OperationCase("channelShuffle", "", [[2, 6, 3, 2]]) { x, _ in
      channelShuffle(x[0], groups: 3)
    },
    OperationCase("concatenateShuffled", "", [[2, 5, 3, 2], [2, 5, 3, 2]]) { x, _ in
      concatenateShuffled(x[0], x[1])
    },
    OperationCase("transposed", "", [[2, 3, 4]]) { x, _ in x[0].transposed(-1, -2) },
  ]

  private static let orders = [
    [0, 2, 3, 1], [0, 3, 1, 2], [3, 1, 0, 2], [0, 1, 3, 2], [1, 0, 2, 3],
  ]

  private static let permutations: [OperationCase] = orders.map { axes in
    OperationCase("permuted", "\(axes)", [[2, 5, 3, 4]]) { x, _ in x[0].permuted(axes) }
  }

  static let reductions = overAxes + alongOne + wholes

  private static let spans = [[0], [1], [2, 3], [1, 2, 3], [0, 3], [0, 1, 2, 3]]

  private static let overAxes: [OperationCase] =
    spans.flatMap { (axes) -> [OperationCase] in
      [
        OperationCase("sum", "axes \(axes)", [[2, 5, 3, 4]]) { x, _ in x[0].sum(axes: axes) },
        OperationCase("mean", "axes \(axes)", [[2, 5, 3, 4]]) { x, _ in
          x[0].mean(axes: axes, keepsAxes: true)
        },
        OperationCase("max", "axes \(axes)", [[2, 5, 3, 4]], step: 1e-3) { x, _ in
          x[0].max(axes: axes)
        },
        OperationCase("min", "axes \(axes)", [[2, 5, 3, 4]], step: 1e-3) { x, _ in
          x[0].min(axes: axes, keepsAxes: true)
        },
        OperationCase("norm", "axes \(axes)", [[2, 5, 3, 4]], tolerance: 5e-3) { x, _ in
          x[0].norm(axes: axes)
        },
        OperationCase("norm", "order 1, axes \(axes)", [[2, 5, 3, 4]], tolerance: 2e-2, step: 5e-4)
        { x, _ in
          x[0].norm(1, axes: axes)
        },
        OperationCase(
          "norm", "order 3, axes \(axes)", [[2, 5, 3, 4]], tolerance: 1e-2
        ) { x, _ in x[0].norm(3, axes: axes) },
      ]
    }

  private static let alongOne: [OperationCase] =
    (-1..<4).flatMap { (axis) -> [OperationCase] in
      [
        OperationCase("sum", "axis \(axis)", [[2, 5, 3, 4]]) { x, _ in x[0].sum(axis: axis) },
        OperationCase("mean", "axis \(axis)", [[2, 5, 3, 4]]) { x, _ in
          x[0].mean(axis: axis, keepsAxis: true)
        },
        OperationCase("max", "axis \(axis)", [[2, 5, 3, 4]], step: 1e-3) { x, _ in
          x[0].max(axis: axis)
        },
        OperationCase("min", "axis \(axis)", [[2, 5, 3, 4]], step: 1e-3) { x, _ in
          x[0].min(axis: axis, keepsAxis: true)
        },
        OperationCase("softmax", "axis \(axis)", [[2, 5, 3, 4]], tolerance: 5e-3) { x, _ in
          softmax(x[0] * 2, axis: axis)
        },
        OperationCase("logSoftmax", "axis \(axis)", [[2, 5, 3, 4]]) { x, _ in
          logSoftmax(x[0] * 2, axis: axis)
        },
      ]
    }

  private static let wholes: [OperationCase] = [
    OperationCase("sum", "", [[1, 1, 1, 1]]) { x, _ in x[0].sum() },
    OperationCase("mean", "", [[2, 3, 1, 2]]) { x, _ in x[0].mean() },
  ]

  private static let scores: [Shape] = [[4, 6], [1, 1], [2, 6, 2, 2]]

  static let losses: [OperationCase] = scores.flatMap { (shape) -> [OperationCase] in
    let rows = shape.count / shape[1]
    let weights = (0..<shape[1]).map { 0.5 + Float($0) }
    return [
      OperationCase("crossEntropy", "\(shape)", [shape], range: -2...2) { x, _ in
        crossEntropy(
          x[0], labels: (0..<rows).map { $0 % 3 == 2 ? 255 : $0 % shape[1] },
          classWeights: weights, ignoring: 255)
      },
      OperationCase("softCrossEntropy", "\(shape)", [shape], range: -2...2) { x, _ in
        let targets = softmax(.random(shape, seed: 2, on: x[0].device), axis: 1)
        return softCrossEntropy(x[0], targets: targets, classWeights: weights)
      },
      OperationCase("binaryCrossEntropyWithLogits", "\(shape)", [shape], range: -2...2) { x, _ in
        let targets = Tensor.random(shape, from: 0, to: 1, seed: 2, on: x[0].device)
        return binaryCrossEntropyWithLogits(x[0], targets: targets, classWeights: weights)
      },
      OperationCase("l1Loss", "\(shape)", [shape, shape], step: 1e-4) { x, _ in
        l1Loss(x[0], x[1])
      },
      OperationCase("smoothL1Loss", "\(shape)", [shape, shape], step: 1e-3) { x, _ in
        smoothL1Loss(x[0], x[1], beta: 0.3)
      },
      OperationCase("squaredError", "\(shape)", [shape, shape]) { x, _ in
        squaredError(x[0], x[1])
      },
      OperationCase("klDivergence", "\(shape)", [shape, shape], range: 0.1...1) { x, _ in
        klDivergence(x[0], x[1])
      },
      OperationCase("klDivergence", "of logarithms, \(shape)", [shape, shape]) { x, _ in
        klDivergence(x[0], logTarget: x[1])
      },
    ]
  }
}
