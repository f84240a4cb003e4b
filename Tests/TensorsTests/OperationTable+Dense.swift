import Tensors
import TestKit

/// What detection and segmentation need.
extension OperationTable {
  static let selections: [OperationCase] =
    (0..<4).flatMap { (axis) -> [OperationCase] in
      [
        // Away from ties: a step must not change the order.
        OperationCase("sorted", "axis \(axis)", [[3, 5, 2, 3]], step: 1e-4) { x, _ in
          x[0].sorted(axis: axis, descending: true).values
        },
        OperationCase("topK", "axis \(axis)", [[3, 5, 2, 3]], step: 1e-4) { x, _ in
          x[0].topK(2, axis: axis).values
        },
        OperationCase("spread", "axis \(axis)", [[3, 3, 3, 3]]) { x, _ in
          x[0].spread(to: [4, 0, 4], extent: 5, axis: axis)
        },
        OperationCase("scattered", "axis \(axis)", [[3, 5, 2, 3]]) { x, _ in
          x[0].scattered((0..<90).map { $0 * 7 % 4 }, extent: 4, axis: axis)
        },
        OperationCase("stack", "axis \(axis)", [[3, 5, 2], [3, 5, 2]]) { x, _ in
          stack([x[0], x[1] * 2], axis: axis)
        },
      ]
    } + [
      OperationCase("replacing", "", [[2, 5, 3, 2], [2, 2, 3, 2]]) { x, _ in
        x[0].replacing([3, 1], axis: 1, with: x[1])
      },
      OperationCase("elements", "", [[2, 5, 3, 2]]) { x, _ in
        x[0].elements(where: .random([2, 5, 3, 2], seed: 5, on: x[0].device) .> 0)
      },
    ]

  private static let scores: [Shape] = [[4, 6], [1, 1], [2, 6, 2, 2], [0, 3]]

  static let focalLosses: [OperationCase] = scores.flatMap { (shape) -> [OperationCase] in
    let rows = shape.count / max(shape[1], 1)
    let labels = (0..<rows).map { $0 % (shape[1] + 1) }
    let qualities = (0..<rows).map { 0.1 + 0.8 * Float($0 % 3) / 3 }
    return [1.5, 2, 0].flatMap { (power: Float) -> [OperationCase] in
      [
        OperationCase("sigmoidFocalLoss", "\(power), \(shape)", [shape], range: -3...3) { x, _ in
          sigmoidFocalLoss(x[0], labels: labels, gamma: power)
        },
        OperationCase(
          "sigmoidFocalLoss", "elements, \(power), \(shape)", [shape], range: -3...3
        ) { x, _ in
          sigmoidFocalLoss(x[0], labels: labels, gamma: power, reducesClasses: false)
        },
        OperationCase(
          "qualityFocalLoss", "\(power), \(shape)", [shape], range: -3...3, tolerance: 5e-3
        ) { x, _ in
          qualityFocalLoss(x[0], labels: labels, qualities: qualities, beta: power)
        },
      ]
    }
  }

  private static let cut = [
    ImageRegion(image: 1, corners: [1.2, 0.6, 6.1, 7.9]),
    ImageRegion(image: 0, corners: [-3, -2, 3, 12]),
    ImageRegion(image: 0, corners: [4, 4, 4, 4]),
    ImageRegion(image: 1, corners: [20, 30, 40, 41]),
  ]

  static let regions: [OperationCase] =
    [RegionAlign.Mode.average, .max].flatMap { (mode) -> [OperationCase] in
      [true, false].map { isAligned in
        OperationCase(
          "alignRegions", "\(mode), \(isAligned)", [[2, 19, 6, 5]],
          step: mode == .max ? 1e-4 : 1e-2
        ) { x, _ in
          alignRegions(
            x[0], cut,
            RegionAlign(output: [3, 2], scale: 0.9, mode: mode, isAligned: isAligned))
        }
      }
    }
}
