internal import Configs

extension UpstreamNames {
  /// The names of mmcls 0.23.2.
  static let mmcls = UpstreamNames(
    scope: .mmcls,
    [
      "model": """
      ImageClassifier
      """,
      "backbone": """
      AlexNet CSPDarkNet CSPResNeXt CSPResNet Conformer ConvMixer ConvNeXt DenseNet \
      DistilledVisionTransformer EfficientNet HRNet LeNet5 MlpMixer MobileNetV2 MobileNetV3 \
      PCPVT PoolFormer RegNet RepMLPNet RepVGG Res2Net ResNeSt ResNeXt ResNet ResNetV1c \
      ResNetV1d ResNet_CIFAR SEResNeXt SEResNet SVT ShuffleNetV1 ShuffleNetV2 SwinTransformer \
      T2T_ViT TIMMBackbone TNT VAN VGG VisionTransformer
      """,
      "neck": """
      GeneralizedMeanPooling GlobalAveragePooling HRFuseScales
      """,
      "head": """
      ClsHead ConformerHead DeiTClsHead LinearClsHead MultiLabelClsHead \
      MultiLabelLinearClsHead StackedLinearClsHead VisionTransformerClsHead
      """,
      "loss": """
      AsymmetricLoss CrossEntropyLoss FocalLoss LabelSmoothLoss SeesawLoss
      """,
      "batch augmentation": """
      BatchCutMix BatchMixup BatchResizeMix Identity
      """,
      "dataset": """
      CIFAR10 CIFAR100 CUB ClassBalancedDataset ConcatDataset CustomDataset FashionMNIST \
      ImageNet ImageNet21k KFoldDataset MNIST RepeatDataset VOC
      """,
      "pipeline": """
      Albu AutoAugment AutoContrast Brightness CenterCrop Collect ColorJitter ColorTransform \
      Compose Contrast Cutout Equalize ImageToTensor Invert Lighting LoadImageFromFile \
      Normalize Pad Posterize RandAugment RandomCrop RandomErasing RandomFlip RandomGrayscale \
      RandomResizedCrop Resize Rotate Sharpness Shear Solarize SolarizeAdd ToHalf ToNumpy \
      ToPIL ToTensor Translate Transpose WrapFieldsToLists
      """,
    ])
}
