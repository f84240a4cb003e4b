internal import Configs

extension UpstreamNames {
  /// The names of mmsegmentation 0.25.0.
  static let mmseg = UpstreamNames(
    scope: .mmseg,
    [
      "model": """
      CascadeEncoderDecoder EncoderDecoder
      """,
      "backbone": """
      BEiT BiSeNetV1 BiSeNetV2 CGNet ERFNet FastSCNN HRNet ICNet MAE MixVisionTransformer \
      MobileNetV2 MobileNetV3 PCPVT ResNeSt ResNeXt ResNet ResNetV1c ResNetV1d \
      STDCContextPathNet STDCNet SVT SwinTransformer TIMMBackbone UNet VisionTransformer
      """,
      "neck": """
      FPN Feature2Pyramid ICNeck JPU MLANeck MultiLevelNeck
      """,
      "head": """
      ANNHead APCHead ASPPHead CCHead DAHead DMHead DNLHead DPTHead DepthwiseSeparableASPPHead \
      DepthwiseSeparableFCNHead EMAHead EncHead FCNHead FPNHead GCHead ISAHead \
      IterativeDecodeHead KernelUpdateHead LRASPPHead NLHead OCRHead PSAHead PSPHead PointHead \
      SETRMLAHead SETRUPHead STDCHead SegformerHead SegmenterMaskTransformerHead UPerHead
      """,
      "loss": """
      CrossEntropyLoss DiceLoss FocalLoss LovaszLoss
      """,
      "dataset": """
      ADE20KDataset COCOStuffDataset ChaseDB1Dataset CityscapesDataset ConcatDataset \
      CustomDataset DRIVEDataset DarkZurichDataset HRFDataset ISPRSDataset LoveDADataset \
      MultiImageMixDataset NightDrivingDataset PascalContextDataset PascalContextDataset59 \
      PascalVOCDataset PotsdamDataset RepeatDataset STAREDataset iSAIDDataset
      """,
      "pipeline": """
      AdjustGamma CLAHE Collect Compose DefaultFormatBundle ImageToTensor LoadAnnotations \
      LoadImageFromFile MultiScaleFlipAug Normalize Pad PhotoMetricDistortion RGB2Gray \
      RandomCrop RandomCutOut RandomFlip RandomMosaic RandomRotate Rerange Resize \
      ResizeToMultiple SegRescale ToDataContainer ToTensor Transpose
      """,
      "pixel sampler": """
      OHEMPixelSampler
      """,
    ])
}
