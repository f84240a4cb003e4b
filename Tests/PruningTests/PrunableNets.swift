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
final class SketchNet: Module, Layer {
  @Children private var parts: [Module]
  private let run: (SketchNet, Tensor) -> Tensor

  init(_ parts: KeyValuePairs<String, Module>, _ run: @escaping (SketchNet, Tensor) -> Tensor) {
    self.run = run
    _parts = Children(parts.map(\.value)) { parts[$0].key }
    super.init()
  }

  subscript(name: String) -> any Layer {
    guard let layer = children.first(where: { $0.name == name })?.module as? any Layer else {
      preconditionFailure("the sketch has no layer '\(name)'")
    }
    return layer
  }

  func forward(_ input: Tensor) -> Tensor { run(self, input) }
}

/// RetinaNet on ResNet-50 with its pyramid and the head that all levels share. Where upstream
/// enlarges the coarser level, this one shrinks the finer: that is the same to a pruner.
final class PyramidNet: Module, BranchingLayer {
  private final class Neck: Module {
    @Children var lateralConvs: [ConvModule]
    @Children var fpnConvs: [ConvModule]

    init(_ laterals: [ConvModule], _ outputs: [ConvModule]) {
      lateralConvs = laterals
      fpnConvs = outputs
      super.init()
    }
  }

  private final class Head: Module {
    @Children var clsConvs: [ConvModule]
    @Children var regConvs: [ConvModule]
    @Child var retinaCls: Conv2d
    @Child var retinaReg: Conv2d

    init(_ classConvs: [ConvModule], _ boxConvs: [ConvModule], _ classes: Conv2d, _ boxes: Conv2d) {
      clsConvs = classConvs
      regConvs = boxConvs
      retinaCls = classes
      retinaReg = boxes
      super.init()
    }
  }

  @Child private var backbone: any Backbone
  @Child private var neck: Neck
  @Child private var bboxHead: Head

  init(in context: BuildContext) throws {
    backbone = try context.catalogs.backbones.build(
      ["type": "ResNet", "depth": 50, "out_indices": [0, 1, 2, 3]], path: "backbone", scope: .mmcls,
      context: context)
    let bare = LayerStyle(norm: nil, activation: nil)
    let laterals = [512, 1024, 2048].map {
      ConvModule($0, 256, kernel: 1, style: bare, in: context)
    }
    let outputs = (0..<5).map {
      ConvModule(
        $0 == 3 ? 2048 : 256, 256, kernel: 3, stride: $0 > 2 ? 2 : 1, padding: 1, style: bare,
        in: context)
    }
    let head = LayerStyle(norm: nil, activation: .relu)
    func stack() -> [ConvModule] {
      (0..<4).map { _ in ConvModule(256, 256, kernel: 3, padding: 1, style: head, in: context) }
    }
    let (classConvs, boxConvs) = (stack(), stack())
    let geometry = ConvolutionGeometry(padding: [1, 1])
    let classes = Conv2d(256, 9 * 80, kernel: [3, 3], geometry: geometry, in: context)
    let boxes = Conv2d(256, 9 * 4, kernel: [3, 3], geometry: geometry, in: context)
    neck = Neck(laterals, outputs)
    bboxHead = Head(classConvs, boxConvs, classes, boxes)
    super.init()
  }

  func forward(_ images: Tensor) -> [Tensor] {
    let features = backbone(images)
    let (laterals, outputs) = (neck.lateralConvs, neck.fpnConvs)
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
    return maps.map { map in bboxHead.retinaCls(bboxHead.clsConvs.reduce(map) { $1($0) }) }
      + maps.map { map in bboxHead.retinaReg(bboxHead.regConvs.reduce(map) { $1($0) }) }
  }
}
