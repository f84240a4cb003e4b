import Configs
import NN
import Tensors
import Zoo

/// Networks for the tests, and what they are built with.
enum PrunableNets {
  static func context(seed: UInt64 = 0) -> BuildContext {
    BuildContext(
      device: CPU(threads: 1), generator: Generator(seed: seed), catalogs: .zoo)
  }

  static func classifier(
    _ backbone: Config, channels: Int, in context: BuildContext
  ) throws -> ImageClassifier {
    let config: Config = [
      "type": "ImageClassifier", "backbone": backbone, "neck": ["type": "GlobalAveragePooling"],
      "head": ["type": "LinearClsHead", "num_classes": 10, "in_channels": .int(channels)],
    ]
    let model = try context.catalogs.models.build(
      config, path: "model", scope: .mmcls, context: context)
    guard let classifier = model as? ImageClassifier else {
      preconditionFailure("an ImageClassifier was built as \(type(of: model))")
    }
    return classifier
  }
}

/// Parts by name, and any function of them: a network for one test.
final class SketchNet: Module {
  private let run: (SketchNet, Tensor) -> Tensor

  init(_ parts: KeyValuePairs<String, Module>, _ run: @escaping (SketchNet, Tensor) -> Tensor) {
    self.run = run
    super.init()
    for (name, part) in parts { register(name, part) }
  }

  subscript(name: String) -> any Layer {
    guard let layer = children.first(where: { $0.name == name })?.module as? any Layer else {
      preconditionFailure("the sketch has no layer '\(name)'")
    }
    return layer
  }

  func callAsFunction(_ input: Tensor) -> Tensor { run(self, input) }
}

/// RetinaNet on ResNet-50 with its pyramid and the head that all levels share. Where upstream
/// enlarges the coarser level, this one shrinks the finer: that is the same to a pruner.
final class PyramidNet: Module {
  private let backbone: any Backbone
  private let laterals: [ConvModule]
  private let outputs: [ConvModule]
  private let classConvs: [ConvModule]
  private let boxConvs: [ConvModule]
  private let classes: Conv2d
  private let boxes: Conv2d

  init(in context: BuildContext) throws {
    backbone = try context.catalogs.backbones.build(
      ["type": "ResNet", "depth": 50, "out_indices": [0, 1, 2, 3]], path: "backbone", scope: .mmcls,
      context: context)
    let bare = LayerStyle(norm: nil, activation: nil)
    laterals = [512, 1024, 2048].map { ConvModule($0, 256, kernel: 1, style: bare, in: context) }
    outputs = (0..<5).map {
      ConvModule(
        $0 == 3 ? 2048 : 256, 256, kernel: 3, stride: $0 > 2 ? 2 : 1, padding: 1, style: bare,
        in: context)
    }
    let head = LayerStyle(norm: nil, activation: .relu)
    func stack() -> [ConvModule] {
      (0..<4).map { _ in ConvModule(256, 256, kernel: 3, padding: 1, style: head, in: context) }
    }
    classConvs = stack()
    boxConvs = stack()
    let geometry = ConvolutionGeometry(padding: [1, 1])
    classes = Conv2d(256, 9 * 80, kernel: [3, 3], geometry: geometry, in: context)
    boxes = Conv2d(256, 9 * 4, kernel: [3, 3], geometry: geometry, in: context)
    super.init()
    register("backbone", backbone)
    let neck = Module()
    neck.register("lateral_convs", ModuleList(laterals))
    neck.register("fpn_convs", ModuleList(outputs))
    register("neck", neck)
    let shared = Module()
    shared.register("cls_convs", ModuleList(classConvs))
    shared.register("reg_convs", ModuleList(boxConvs))
    shared.register("retina_cls", classes)
    shared.register("retina_reg", boxes)
    register("bbox_head", shared)
  }

  func callAsFunction(_ images: Tensor) -> [Tensor] {
    let features = backbone(images)
    var levels = zip(laterals, features.dropFirst()).map { $0($1) }
    for level in [2, 1] {
      while levels[level - 1].shape[2] > levels[level].shape[2] {
        levels[level - 1] = pool(
          levels[level - 1], Pooling(kind: .max, kernel: [2, 2], stride: [2, 2]))
      }
      levels[level - 1] = levels[level - 1] + levels[level]
    }
    var maps = zip(outputs, levels).map { $0($1) }
    maps.append(outputs[3](features[3]))
    maps.append(outputs[4](maps[3]))
    return maps.map { map in classes(classConvs.reduce(map) { $1($0) }) }
      + maps.map { map in boxes(boxConvs.reduce(map) { $1($0) }) }
  }
}
