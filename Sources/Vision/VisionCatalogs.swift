public import Configs

/// The components of this module, under the names that configs use.
public enum VisionCatalogs {
  public static let transforms = Catalog<any Transform, VisionContext>(
    "pipeline", scope: "mmcls",
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
    ])

  public static let datasets = Catalog<any Dataset, VisionContext>(
    "dataset", scope: "mmcls",
    [
      "ConcatDataset": { reader, context in try ConcatDataset(&reader, context) },
      "CustomDataset": { reader, context in
        try CustomDataset(&reader, context, kind: .custom)
      },
      "ImageNet": { reader, context in try CustomDataset(&reader, context, kind: .imageNet) },
      "RepeatDataset": { reader, context in try RepeatDataset(&reader, context) },
    ])
}
