internal import Configs

extension UpstreamNames {
  /// The names of mmcv 1.5.0, with those that the other libraries and PyTorch put there.
  static let mmcv = UpstreamNames(
    scope: .mmcv,
    [
      "hook": """
      CheckInvalidLossHook CheckpointHook ClassNumCheckHook ClosureHook \
      CosineAnnealingCooldownLrUpdaterHook CosineAnnealingLrUpdaterHook \
      CosineAnnealingMomentumUpdaterHook CosineRestartLrUpdaterHook CyclicLrUpdaterHook \
      CyclicMomentumUpdaterHook DistSamplerSeedHook DropPathProbHook DvcliveLoggerHook EMAHook \
      EmptyCacheHook ExpLrUpdaterHook ExpMomentumEMAHook FixedLrUpdaterHook \
      FlatCosineAnnealingLrUpdaterHook Fp16OptimizerHook GradientCumulativeFp16OptimizerHook \
      GradientCumulativeOptimizerHook IPUFp16OptimizerHook InvLrUpdaterHook IterTimerHook \
      LinearAnnealingLrUpdaterHook LinearAnnealingMomentumUpdaterHook LinearMomentumEMAHook \
      MMClsWandbHook MMDetWandbHook MemoryProfilerHook MlflowLoggerHook NeptuneLoggerHook \
      NumClassCheckHook OneCycleLrUpdaterHook OneCycleMomentumUpdaterHook OptimizerHook \
      PaviLoggerHook PolyLrUpdaterHook PreciseBNHook ProfilerHook SearchSubnetHook \
      SegmindLoggerHook SetEpochInfoHook StepLrUpdaterHook StepMomentumUpdaterHook \
      SyncBuffersHook SyncNormHook SyncRandomSizeHook TensorboardLoggerHook TextLoggerHook \
      WandbLoggerHook YOLOXLrUpdaterHook YOLOXModeSwitchHook
      """,
      "optimizer": """
      ASGD Adadelta Adagrad Adam AdamW Adamax LBFGS Lamb NAdam RAdam RMSprop Rprop SGD \
      SparseAdam
      """,
      "runner": """
      EpochBasedRunner IPUEpochBasedRunner IPUIterBasedRunner IterBasedRunner \
      MultiLoaderEpochBasedRunner MultiLoaderIterBasedRunner Runner
      """,
    ])
}
