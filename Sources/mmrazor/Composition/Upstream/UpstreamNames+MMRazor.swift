internal import Configs

extension UpstreamNames {
  /// The names of mmrazor 0.3.1.
  static let mmrazor = UpstreamNames(
    scope: .mmrazor,
    [
      "backbone": """
      DartsBackbone SearchableMobileNet SearchableShuffleNetV2
      """,
      "head": """
      DartsSubnetClsHead LinearNoBiasClsHead
      """,
      "loss": """
      AngleWiseRKD ChannelWiseDivergence DistanceWiseRKD KLDivergence WSLD
      """,
      "algorithm": """
      AlignMethodDistill AutoSlim BaseAlgorithm Darts DetNAS GeneralDistill SPOS
      """,
      "architecture": """
      MMClsArchitecture MMDetArchitecture MMSegArchitecture
      """,
      "distiller": """
      SelfDistiller SingleTeacherDistiller
      """,
      "mutable": """
      DifferentiableEdge DifferentiableOP GumbelEdge GumbelOP OneShotOP
      """,
      "mutator": """
      BaseMutator DartsMutator DifferentiableMutator OneShotMutator
      """,
      "operation": """
      DartsDilConv DartsPoolBN DartsSepConv DartsSkipConnect DartsZero Identity MBBlock \
      ShuffleBlock ShuffleXception
      """,
      "pruner": """
      RatioPruner StructurePruner
      """,
      "searcher": """
      EvolutionSearcher GreedySearcher
      """,
    ])
}
