public import Configs

/// The kinds of components that a config's `data` names.
public struct VisionCatalogs: Sendable {
  public var transforms: Catalog<any Transform, VisionContext>
  public var datasets: Catalog<any Dataset, VisionContext>

  public init(
    transforms: Catalog<any Transform, VisionContext>,
    datasets: Catalog<any Dataset, VisionContext>
  ) {
    self.transforms = transforms
    self.datasets = datasets
  }
}

extension VisionCatalogs {
  /// The components of this target.
  public static var builtIn: VisionCatalogs {
    var transforms = Catalog("pipeline", scope: .mmcls, classificationTransforms)
    for scope in [Scope.mmdet, .mmseg] { transforms.add(denseTransforms, scope: scope) }
    return VisionCatalogs(
      transforms: transforms,
      datasets: Catalog("dataset", scope: .mmcls, classificationDatasets))
  }

  /// The transforms that mmdet and mmseg share.
  public static var denseTransforms: Catalog<any Transform, VisionContext>.Table {
    [
      "Collect": { reader, _ in try Collect(&reader) },
      "ImageToTensor": { reader, _ in try ImageToTensor(&reader) },
      "LoadImageFromFile": { reader, _ in try LoadImageFromFile(&reader) },
      "MultiScaleFlipAug": { reader, context in try MultiScaleFlipAug(&reader, context) },
      "Normalize": { reader, _ in try Normalize(&reader) },
    ]
  }

  /// The transforms of mmcls.
  public static var classificationTransforms: Catalog<any Transform, VisionContext>.Table {
    [
      "Brightness": { reader, _ in try ColorStep(&reader, kind: .brightness) },
      "CenterCrop": { reader, _ in try CenterCrop(&reader) },
      "Collect": { reader, _ in try Collect(&reader) },
      "ColorJitter": { reader, _ in try ColorJitter(&reader) },
      "ColorTransform": { reader, _ in try ColorStep(&reader, kind: .color) },
      "Contrast": { reader, _ in try ColorStep(&reader, kind: .contrast) },
      "Cutout": { reader, _ in try Cutout(&reader) },
      "ImageToTensor": { reader, _ in try ImageToTensor(&reader) },
      "LoadImageFromFile": { reader, _ in try LoadImageFromFile(&reader) },
      "Normalize": { reader, _ in try Normalize(&reader) },
      "Pad": { reader, _ in try Pad(&reader) },
      "RandomCrop": { reader, _ in try RandomCrop(&reader) },
      "RandomErasing": { reader, _ in try RandomErasing(&reader) },
      "RandomFlip": { reader, _ in try RandomFlip(&reader) },
      "RandomGrayscale": { reader, _ in try RandomGrayscale(&reader) },
      "RandomResizedCrop": { reader, _ in try RandomResizedCrop(&reader) },
      "Resize": { reader, _ in try Resize(&reader) },
      "ToTensor": { reader, _ in try ToTensor(&reader) },
    ]
  }

  /// The data sets of mmcls.
  public static var classificationDatasets: Catalog<any Dataset, VisionContext>.Table {
    [
      "ConcatDataset": { reader, context in try ConcatDataset(&reader, context) },
      "CustomDataset": { reader, context in
        try CustomDataset(&reader, context, kind: .custom)
      },
      "ImageNet": { reader, context in try CustomDataset(&reader, context, kind: .imageNet) },
      "RepeatDataset": { reader, context in try RepeatDataset(&reader, context) },
    ]
  }
}
