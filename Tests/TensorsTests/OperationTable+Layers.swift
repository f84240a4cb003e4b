import Tensors
import TestKit

extension OperationTable {
  private typealias Geometry = ConvolutionGeometry

  private static func convolution(
    _ input: Shape, _ weight: Shape, _ geometry: ConvolutionGeometry = ConvolutionGeometry()
  ) -> OperationCase {
    OperationCase(
      "conv2d", "\(input) by \(weight), \(geometry)", [input],
      parameters: [weight, [weight[0]]]
    ) { x, p in conv2d(x[0], weight: p[0], bias: p[1], geometry) }
  }

  static let layers: [OperationCase] =
    [
      convolution([1, 1, 1, 1], [1, 1, 1, 1]),
      convolution([2, 3, 7, 6], [5, 3, 3, 3]),
      convolution([2, 20, 5, 4], [18, 20, 1, 1]),
      convolution([1, 5, 11, 12], [3, 5, 2, 2], Geometry(stride: [5, 4])),
      convolution([2, 3, 9, 8], [8, 3, 3, 3], Geometry(stride: [2, 2], padding: [1, 1])),
      convolution(
        [1, 6, 9, 9], [4, 3, 3, 3], Geometry(padding: [2, 2], dilation: [2, 2], groups: 2)),
      convolution([1, 4, 8, 8], [4, 4, 1, 1], Geometry(stride: [3, 3])),
      convolution([2, 9, 5, 6], [9, 1, 3, 3], Geometry(padding: [1, 1], groups: 9)),
      convolution(
        [1, 11, 9, 8], [11, 1, 5, 5], Geometry(stride: [3, 3], padding: [2, 2], groups: 11)),
      convolution(
        [2, 16, 9, 9], [16, 1, 3, 3], Geometry(padding: [3, 3], dilation: [3, 3], groups: 16)),
      convolution([2, 3, 6, 7], [6, 1, 3, 3], Geometry(padding: [1, 1], groups: 3)),
      OperationCase("linear", "rows", [[3, 5]], parameters: [[7, 5], [7]]) { x, p in
        linear(x[0], weight: p[0], bias: p[1])
      },
      OperationCase("linear", "one", [[1, 1]], parameters: [[1, 1]]) { x, p in
        linear(x[0], weight: p[0], bias: nil)
      },
      OperationCase("matrixProduct", "plain", [[3, 4], [4, 5]]) { x, _ in
        matrixProduct(x[0], x[1])
      },
      OperationCase("matrixProduct", "repeated", [[2, 1, 3, 4], [3, 4, 2]]) { x, _ in
        matrixProduct(x[0], x[1])
      },
      OperationCase("matrixProduct", "left transposed", [[2, 4, 3], [4, 5]]) { x, _ in
        matrixProduct(x[0], x[1], transposingLeft: true)
      },
      OperationCase("matrixProduct", "right transposed", [[4, 3], [2, 5, 3]]) { x, _ in
        matrixProduct(x[0], x[1], transposingRight: true)
      },
      OperationCase("matrixProduct", "with itself", [[2, 3, 4]]) { x, _ in
        matrixProduct(x[0], x[0], transposingLeft: true)
      },
      OperationCase(
        "prelu", "shared", [[2, 5, 3, 2]], range: 0.1...1, parameters: [[1]]
      ) { x, p in prelu(x[0] - 0.505, weight: p[0]) },
      OperationCase(
        "prelu", "channels", [[2, 5, 3, 2]], range: 0.1...1, parameters: [[5]], step: 1e-3
      ) { x, p in prelu(x[0] - 0.505, weight: p[0]) },
      OperationCase(
        "prelu", "vectors", [[3, 9]], range: 0.1...1, parameters: [[9]], step: 1e-3
      ) { x, p in prelu(x[0] - 0.505, weight: p[0]) },
    ] + normalizations

  private static let normalizations: [OperationCase] = smooth.flatMap { activation in
    [([2, 6, 3, 2], 3), ([1, 11, 2, 2], 11), ([2, 9], 3), ([3, 1, 3, 3], 1)].flatMap {
      (shape: Shape, groups: Int) -> [OperationCase] in
      [
        OperationCase(
          "groupNorm", "\(shape) in \(groups), \(activation)", [shape],
          parameters: [[shape[1]], [shape[1]]], tolerance: 1e-2
        ) { x, p in
          // Scaled and shifted to one side of each kink.
          let (weight, bias) = (p[0], p[1])
          return activate(
            groupNorm(x[0], groups: groups, weight: weight, bias: bias, epsilon: 1e-5) * 0.2 + 1.4,
            activation)
        },
        OperationCase(
          "batchNormTraining", "\(shape), \(activation)", [shape],
          parameters: [[shape[1]], [shape[1]]], tolerance: 2e-2
        ) { x, p in
          activate(
            batchNormTraining(
              x[0], weight: p[0], bias: p[1], runningMean: nil, runningVariance: nil,
              momentum: 0.1, epsilon: 1e-3) * 0.2 + 1.4, activation)
        },
        OperationCase(
          "batchNormInference", "\(shape), \(activation)", [shape], range: 0.2...1,
          parameters: [[shape[1]], [shape[1]]]
        ) { x, p in
          let statistics = Tensor.random([shape[1]], from: 0.5, to: 1, seed: 3, on: x[0].device)
          return batchNormInference(
            x[0], weight: p[0], bias: p[1], mean: statistics * 0.1, variance: statistics,
            epsilon: 1e-5, activation: activation)
        },
      ]
    }
  }

  private static func pooled(
    _ shape: Shape, _ pooling: Pooling, step: Float = 1e-3
  ) -> OperationCase {
    OperationCase("pool", "\(shape), \(pooling)", [shape], tolerance: 1e-2, step: step) { x, _ in
      pool(x[0], pooling)
    }
  }

  private static let kinds: [Pooling.Kind] = [
    .max, .average(countsPadding: true), .average(countsPadding: false), .quotient(divisor: 5),
  ]

  static let pools: [OperationCase] =
    kinds.flatMap { (kind) -> [OperationCase] in
      [
        pooled([1, 1, 1, 1], Pooling(kind: kind)),
        pooled(
          [2, 5, 7, 8], Pooling(kind: kind, kernel: [3, 3], stride: [2, 2], padding: [1, 1])),
        pooled(
          [1, 11, 7, 5],
          Pooling(kind: kind, kernel: [2, 3], stride: [2, 1], padding: [1, 0], roundsUp: true)),
        pooled([2, 1, 11, 9], Pooling(kind: kind, kernel: [3, 2], stride: [7, 6])),
      ]
    } + [
      pooled(
        [2, 3, 9, 7],
        Pooling(kind: .max, kernel: [3, 3], stride: [2, 2], padding: [1, 1], dilation: [2, 2])),
      pooled([2, 3, 3, 2], Pooling(kind: .globalMax)),
      pooled([2, 3, 3, 2], Pooling(kind: .globalAverage)),
      pooled([2, 3, 5, 7], Pooling(kind: .adaptiveMax(output: [2, 3]))),
      pooled([2, 3, 5, 7], Pooling(kind: .adaptiveAverage(output: [7, 3]))),
      OperationCase("globalAveragePool", "", [[1, 19, 3, 2]]) { x, _ in globalAveragePool(x[0]) },
      OperationCase("globalMaxPool", "", [[1, 19, 3, 2]], step: 1e-3) { x, _ in
        globalMaxPool(x[0])
      },
      OperationCase("adaptiveAveragePool", "", [[1, 9, 4, 5]]) { x, _ in
        adaptiveAveragePool(x[0], output: [3, 2])
      },
      OperationCase("adaptiveMaxPool", "", [[1, 9, 4, 5]], step: 2e-4) { x, _ in
        adaptiveMaxPool(x[0], output: [3, 2])
      },
    ]

  private static let modes: [Resize.Mode] = [
    .nearest, .bilinear(alignsCorners: false), .bilinear(alignsCorners: true),
  ]

  static let resizes: [OperationCase] =
    modes.flatMap { (mode) -> [OperationCase] in
      [
        OperationCase("resize", "up, \(mode)", [[2, 3, 3, 4]]) { x, _ in
          resize(x[0], to: [7, 9], mode)
        },
        OperationCase("resize", "down, \(mode)", [[1, 11, 7, 9]]) { x, _ in
          resize(x[0], to: [3, 4], mode)
        },
        OperationCase("resize", "one pixel, \(mode)", [[1, 1, 1, 1]]) { x, _ in
          resize(x[0], to: [3, 2], mode)
        },
        OperationCase("resize", "by 1.7 and 0.6, \(mode)", [[1, 2, 5, 6]]) { x, _ in
          resize(x[0], by: [1.7, 0.6], mode)
        },
      ]
    } + [
      OperationCase("pad", "zeros", [[2, 3, 3, 4]]) { x, _ in
        pad(x[0], Padding(top: 1, bottom: 2, left: 3))
      },
      OperationCase("pad", "crop", [[2, 3, 5, 4]]) { x, _ in
        pad(x[0], Padding(.constant(2), top: -2, bottom: 1, left: 1, right: -1))
      },
      OperationCase("pad", "reflect", [[1, 9, 4, 3]]) { x, _ in
        pad(x[0], Padding(.reflect, top: 3, bottom: 1, left: 2, right: 2))
      },
      OperationCase("pad", "replicate", [[1, 1, 1, 2]]) { x, _ in
        pad(x[0], Padding(.replicate, top: 2, bottom: 1, left: 3, right: 4))
      },
    ]
}
