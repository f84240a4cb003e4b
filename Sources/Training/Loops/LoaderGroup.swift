internal import Vision

/// The loaders of one workflow step, read side by side: an iteration takes a batch of each.
///
/// An epoch ends with the shortest loader; then all of them begin the next one.
public struct LoaderGroup {
  public let sources: [any BatchSource]

  /// - Parameter sources: at least one.
  public init(_ sources: [any BatchSource]) {
    precondition(!sources.isEmpty, "a workflow step needs a loader")
    self.sources = sources
  }

  /// How many iterations an epoch has.
  public var batchCount: Int { sources.map(\.batchCount).min() ?? 0 }

  /// Opens one epoch.
  ///
  /// - Parameter place: the place to begin at, one number for each loader.
  func epoch(_ epoch: Int, from place: LoaderPlace = .start) -> EpochBatches {
    EpochBatches(
      sources.enumerated().map { index, source in
        source.stream(epoch: epoch, from: place[index])
      })
  }

  /// Opens all epochs from a place on, without end.
  func endless(epoch: Int, from place: LoaderPlace = .start) -> EndlessBatches {
    EndlessBatches(self, epoch: epoch, place: place)
  }
}

/// How many batches of an epoch were used of each loader of a group. Where loaders have left out
/// damaged batches, the numbers differ.
public struct LoaderPlace: Hashable, Sendable {
  public let batches: [Int]

  /// - Parameter batches: one number for each loader, or one for all of them.
  public init(_ batches: [Int]) {
    precondition(!batches.isEmpty, "a place needs a number")
    self.batches = batches
  }

  /// The place behind the batches of an iteration.
  init(behind batches: [Batch]) {
    self.init(batches.map { $0.position.batch + 1 })
  }

  public static let start = LoaderPlace([0])

  subscript(loader: Int) -> Int { loader < batches.count ? batches[loader] : batches[0] }
}

/// The batches of one epoch of a group.
final class EpochBatches {
  private let streams: [any BatchStream]

  init(_ streams: [any BatchStream]) {
    self.streams = streams
  }

  /// A batch of each loader; `nil` where the shortest has ended.
  func next() throws -> [Batch]? {
    var batches: [Batch] = []
    for stream in streams {
      guard let batch = try stream.next() else { return nil }
      batches.append(batch)
    }
    return batches
  }
}

/// The batches of a group, epoch after epoch, and the place in them.
final class EndlessBatches {
  private let group: LoaderGroup
  private var batches: EpochBatches
  /// The epoch of the next batches, and the place in it; at the end of an epoch still that.
  private(set) var epoch: Int
  private(set) var place: LoaderPlace

  init(_ group: LoaderGroup, epoch: Int, place: LoaderPlace) {
    self.group = group
    self.epoch = epoch
    self.place = place
    if group.sources.count == 1 {
      // A single loader goes on to the next epoch without a pause.
      let start = Batch.Position(epoch: epoch, batch: place[0])
      batches = EpochBatches([group.sources[0].endlessStream(from: start)])
    } else {
      batches = group.epoch(epoch, from: place)
    }
  }

  /// A batch of each loader; `nil` when a whole epoch has none.
  func next() throws -> [Batch]? {
    if let next = try batches.next() { return advanced(next) }
    guard group.sources.count > 1 else { return nil }
    epoch += 1
    batches = group.epoch(epoch)
    return try batches.next().map(advanced)
  }

  private func advanced(_ batches: [Batch]) -> [Batch] {
    epoch = batches[0].position.epoch
    place = LoaderPlace(behind: batches)
    return batches
  }
}
