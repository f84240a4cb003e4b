import Configs
import NN
import SearchSpaces
import Tensors
import TestKit
import Testing
import Zoo

/// The two networks of the SPOS recipes.
enum SPOSNet: String, CaseIterable, CustomTestStringConvertible {
  case shufflenetv2
  case mobilenet

  var testDescription: String { rawValue }

  static let catalogs = ModelCatalogs.zoo.withSearchSpaces()

  static func context(drawsWeights: Bool = false) -> BuildContext {
    BuildContext(
      device: CPU(), generator: Generator(seed: 0), catalogs: catalogs, drawsWeights: drawsWeights)
  }

  var model: Config {
    let head = self == .shufflenetv2 ? 1024 : 1728
    return [
      "type": "mmcls.ImageClassifier",
      "backbone": backbone,
      "neck": ["type": "GlobalAveragePooling"],
      "head": [
        "type": "LinearClsHead", "num_classes": 1000, "in_channels": .int(head),
        "loss": [
          "type": "LabelSmoothLoss", "num_classes": 1000, "label_smooth_val": 0.1,
          "mode": "original", "loss_weight": 1.0,
        ],
        "topk": .tuple([1, 5]),
      ],
    ]
  }

  var backbone: Config {
    switch self {
    case .shufflenetv2:
      ["type": "SearchableShuffleNetV2", "widen_factor": 1.0, "norm_cfg": ["type": "BN"]]
    case .mobilenet:
      [
        "type": "SearchableMobileNet", "first_channels": 40, "last_channels": 1728,
        "widen_factor": 1.0, "norm_cfg": ["type": "BN"], "arch_setting_type": "proxyless_gpu",
      ]
    }
  }

  var mutator: Config {
    let mapping: Config =
      switch self {
      case .shufflenetv2:
        [
          "all_blocks": [
            "type": "OneShotOP",
            "choices": [
              "shuffle_3x3": ["type": "ShuffleBlock", "kernel_size": 3],
              "shuffle_5x5": ["type": "ShuffleBlock", "kernel_size": 5],
              "shuffle_7x7": ["type": "ShuffleBlock", "kernel_size": 7],
              "shuffle_xception": ["type": "ShuffleXception"],
            ],
          ]
        ]
      case .mobilenet:
        [
          "searchable_blocks": [
            "type": "OneShotOP",
            "choices": [
              "mb_k3e3": Self.block(3, 3), "mb_k5e3": Self.block(5, 3), "mb_k7e3": Self.block(7, 3),
              "mb_k3e6": Self.block(3, 6), "mb_k5e6": Self.block(5, 6), "mb_k7e6": Self.block(7, 6),
              "identity": ["type": "Identity"],
            ],
          ],
          "first_blocks": ["type": "OneShotOP", "choices": ["mb_k3e1": Self.block(3, 1)]],
        ]
      }
    return ["type": "OneShotMutator", "placeholder_mapping": mapping]
  }

  private static func block(_ kernel: Int, _ ratio: Int) -> Config {
    [
      "type": "MBBlock", "kernel_size": .int(kernel), "expand_ratio": .int(ratio),
      "norm_cfg": ["type": "BN"], "act_cfg": ["type": "ReLU6"],
    ]
  }
}

/// A built network with its mutator.
struct Supernet {
  let net: SPOSNet
  let model: ImageClassifier
  let mutator: any SubnetMutator
  let device: any Device

  static let prefix = "architecture.model"

  /// - Parameter filled: whether to give it the fixtures' weights.
  init(_ net: SPOSNet, deploying subnet: Subnet? = nil, filled: Bool = false) throws {
    let context = SPOSNet.context()
    self.net = net
    device = context.device
    let module = try SPOSNet.catalogs.models.build(
      net.model, path: "model", scope: .mmcls, context: context)
    guard let classifier = module as? ImageClassifier else {
      preconditionFailure("expected an ImageClassifier, got \(type(of: module))")
    }
    model = classifier
    let built = try OneShotMutator.catalog.build(
      net.mutator, path: "mutator", scope: .mmcls, context: context)
    mutator = try #require(built as? any SubnetMutator)
    try mutator.prepare(model, in: MutatorContext(context))
    if let subnet { try mutator.deploySubnet(subnet) }
    guard filled else { return }
    for (name, entry) in model.stateEntries(prefix: Self.prefix) where entry.value.dtype == .float32
    {
      let values = CounterNumbers.state(name, shape: entry.value.shape.dimensions)
      _ = entry.value.floats.update(fromContentsOf: values)
      if case .parameter(let parameter) = entry { parameter.markChanged() }
    }
  }
}
