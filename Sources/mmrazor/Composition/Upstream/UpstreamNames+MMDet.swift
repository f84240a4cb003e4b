internal import Configs

extension UpstreamNames {
  /// The names of mmdet 2.25.0.
  static let mmdet = UpstreamNames(
    scope: .mmdet,
    [
      "model": """
      ATSS AutoAssign CascadeRCNN CenterNet CornerNet DDOD DETR DeformableDETR FCOS FOVEA FSAF \
      FastRCNN FasterRCNN GFL GridRCNN HybridTaskCascade \
      KnowledgeDistillationSingleStageDetector LAD Mask2Former MaskFormer MaskRCNN \
      MaskScoringRCNN NASFCOS PAA PanopticFPN PointRend QueryInst RPN RepPointsDetector \
      RetinaNet SCNet SOLO SOLOv2 SingleStageDetector SingleStageInstanceSegmentor SparseRCNN \
      TOOD TridentFasterRCNN TwoStageDetector TwoStagePanopticSegmentor VFNet YOLACT YOLOF \
      YOLOV3 YOLOX
      """,
      "backbone": """
      CSPDarknet Darknet DetectoRS_ResNeXt DetectoRS_ResNet EfficientNet HRNet HourglassNet \
      MobileNetV2 PyramidVisionTransformer PyramidVisionTransformerV2 RegNet Res2Net ResNeSt \
      ResNeXt ResNet ResNetV1d SSDVGG SwinTransformer TridentResNet
      """,
      "neck": """
      BFP CTResNetNeck ChannelMapper DilatedEncoder DyHead FPG FPN FPN_CARAFE HRFPN \
      NASFCOS_FPN NASFPN PAFPN RFP SSDNeck YOLOV3Neck YOLOXPAFPN
      """,
      "head": """
      ATSSHead AnchorFreeHead AnchorHead AutoAssignHead BBoxHead CascadeRPNHead CascadeRoIHead \
      CenterNetHead CentripetalHead CoarseMaskHead ConvFCBBoxHead CornerHead DDODHead DETRHead \
      DIIHead DecoupledSOLOHead DecoupledSOLOLightHead DeformableDETRHead DoubleConvFCBBoxHead \
      DoubleHeadRoIHead DynamicMaskHead DynamicRoIHead EmbeddingRPNHead FCNMaskHead FCOSHead \
      FSAFHead FeatureRelayHead FoveaHead FreeAnchorRetinaHead FusedSemanticHead GARPNHead \
      GARetinaHead GFLHead GlobalContextHead GridHead GridRoIHead GuidedAnchorHead HTCMaskHead \
      HeuristicFusionHead HybridTaskCascadeRoIHead LADHead LDHead Mask2FormerHead \
      MaskFormerFusionHead MaskFormerHead MaskIoUHead MaskPointHead MaskScoringRoIHead \
      NASFCOSHead PAAHead PISARetinaHead PISARoIHead PISASSDHead PanopticFPNHead \
      PointRendRoIHead RPNHead RepPointsHead RetinaHead RetinaSepBNHead SABLHead \
      SABLRetinaHead SCNetBBoxHead SCNetMaskHead SCNetRoIHead SCNetSemanticHead SOLOHead \
      SOLOV2Head SSDHead Shared2FCBBoxHead Shared4Conv1FCBBoxHead SparseRoIHead \
      StageCascadeRPNHead StandardRoIHead TOODHead TridentRoIHead VFNetHead YOLACTHead \
      YOLACTProtonet YOLACTSegmHead YOLOFHead YOLOV3Head YOLOXHead
      """,
      "loss": """
      AssociativeEmbeddingLoss BalancedL1Loss BoundedIoULoss CIoULoss CrossEntropyLoss \
      DIoULoss DiceLoss DistributionFocalLoss FocalLoss GHMC GHMR GIoULoss GaussianFocalLoss \
      IoULoss KnowledgeDistillationKLDivLoss L1Loss MSELoss QualityFocalLoss SeesawLoss \
      SmoothL1Loss VarifocalLoss
      """,
      "RoI extractor": """
      GenericRoIExtractor SingleRoIExtractor
      """,
      "box assigner": """
      ATSSAssigner ApproxMaxIoUAssigner CenterRegionAssigner GridAssigner HungarianAssigner \
      MaskHungarianAssigner MaxIoUAssigner PointAssigner RegionAssigner SimOTAAssigner \
      TaskAlignedAssigner UniformAssigner
      """,
      "box coder": """
      BucketingBBoxCoder DeltaXYWHBBoxCoder DistancePointBBoxCoder LegacyDeltaXYWHBBoxCoder \
      PseudoBBoxCoder TBLRBBoxCoder YOLOBBoxCoder
      """,
      "box sampler": """
      CombinedSampler InstanceBalancedPosSampler IoUBalancedNegSampler MaskPseudoSampler \
      OHEMSampler PseudoSampler RandomSampler ScoreHLRSampler
      """,
      "dataset": """
      CityscapesDataset ClassBalancedDataset CocoDataset CocoPanopticDataset ConcatDataset \
      CustomDataset DeepFashionDataset LVISDataset LVISV05Dataset LVISV1Dataset \
      MultiImageMixDataset OpenImagesChallengeDataset OpenImagesDataset RepeatDataset \
      VOCDataset WIDERFaceDataset XMLDataset
      """,
      "pipeline": """
      Albu AutoAugment BrightnessTransform Collect ColorTransform Compose ContrastTransform \
      CopyPaste Corrupt CutOut DefaultFormatBundle EqualizeTransform Expand FilterAnnotations \
      ImageToTensor InstaBoost LoadAnnotations LoadImageFromFile LoadImageFromWebcam \
      LoadMultiChannelImageFromFiles LoadPanopticAnnotations LoadProposals MinIoURandomCrop \
      MixUp Mosaic MultiScaleFlipAug Normalize Pad PhotoMetricDistortion RandomAffine \
      RandomCenterCropPad RandomCrop RandomFlip RandomShift Resize Rotate SegRescale Shear \
      ToDataContainer ToTensor Translate Transpose WrapFieldsToLists YOLOXHSVRandomAug
      """,
      "prior generator": """
      AnchorGenerator LegacyAnchorGenerator LegacySSDAnchorGenerator MlvlPointGenerator \
      PointGenerator SSDAnchorGenerator YOLOAnchorGenerator
      """,
      "shared head": """
      ResLayer
      """,
    ])
}
