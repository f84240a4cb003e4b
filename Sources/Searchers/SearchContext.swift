public import Algorithms
public import Configs
public import Foundation
public import Logging
public import Tensors
public import Training

/// The context that a searcher is built in.
public struct SearchContext {
  public let algorithm: any Algorithm
  /// The device that the algorithm computes on.
  public let device: any Device
  /// The data that candidates are scored on.
  public let source: any BatchSource
  /// The folder of the results.
  public let folder: URL
  public let seed: UInt64
  public let logger: Logger

  public init(
    algorithm: any Algorithm, device: any Device, source: any BatchSource, folder: URL,
    seed: UInt64, logger: Logger
  ) {
    self.algorithm = algorithm
    self.device = device
    self.source = source
    self.folder = folder
    self.seed = seed
    self.logger = logger
  }
}

/// Finds a subnet and writes it.
public protocol Searcher {
  /// Goes on from a state that the searcher, or the original's, wrote on the way.
  func resume(from file: String) throws

  /// Searches to the end.
  ///
  /// - Parameter progress: told about passes over batches: done and all of a round.
  func search(progress: (_ done: Int, _ all: Int) -> Void) throws
}

/// The searchers of this target.
public enum SearcherCatalog {
  public static var builtIn: Catalog<any Searcher, SearchContext> {
    Catalog(
      "searcher", scope: .mmrazor,
      [
        "EvolutionSearcher": { reader, context in
          let path = reader.path
          return try EvolutionSearcher(
            EvolutionSettings(&reader), in: context, path: path)
        },
        "GreedySearcher": { reader, context in
          let path = reader.path
          return try GreedySearcher(GreedySettings(&reader), in: context, path: path)
        },
      ])
  }
}
