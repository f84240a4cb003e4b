public import Checkpoints
internal import OrderedCollections
public import SearchSpaces
internal import Tensors

/// What `search_epoch_N.pkl` holds: where a search stands between two epochs.
public struct SearchState {
  /// Epochs done.
  public var epoch: Int
  /// The candidates that the next epoch evaluates.
  public var candidates: [Subnet]
  public var ranking: [Ranking.Entry]
  /// The seed of the search, so that a resumed one draws what an uninterrupted one would.
  public var seed: UInt64?

  public init(epoch: Int, candidates: [Subnet], ranking: [Ranking.Entry], seed: UInt64?) {
    self.epoch = epoch
    self.candidates = candidates
    self.ranking = ranking
    self.seed = seed
  }

  /// What upstream's readers pass over; its dictionary from score to subnet cannot hold two
  /// candidates of equal score, so the whole ranking stands here.
  private static let ownKey: PickleKey = "mmrazor_swift"
}

// MARK: - Writing

extension SearchState {
  /// The state in upstream's form: masks of ones and zeros over the choices of each space.
  public func pickled(by mutator: any SubnetMutator) -> PickleValue {
    var scored = PickleDictionary()
    for entry in ranking where scored[.float(entry.score)] == nil {
      scored[.float(entry.score)] = Self.masks(of: entry.subnet, by: mutator)
    }
    let own: PickleValue = [
      "scores": .list(ranking.map { .float($0.score) }),
      "subnets": .list(ranking.map { Self.masks(of: $0.subnet, by: mutator) }),
      "seed": seed.map { .string(String($0)) } ?? .none,
    ]
    var entries: PickleDictionary = [
      "epoch": .int(epoch),
      "candidate_pool": .list(candidates.map { Self.masks(of: $0, by: mutator) }),
      "top_k_candidates_with_score": .dict(scored),
    ]
    entries[Self.ownKey] = own
    return .dict(entries)
  }

  private static func masks(of subnet: Subnet, by mutator: any SubnetMutator) -> PickleValue {
    var entries = PickleDictionary()
    for (spaceID, mask) in mutator.masks(of: subnet) {
      entries[.string(spaceID)] = .tensor(StoredTensor(floats: mask, shape: [mask.count]))
    }
    return .dict(entries)
  }
}

// MARK: - Reading

extension SearchState {
  /// Reads a state that this or the original program wrote.
  ///
  /// - Parameter file: where it comes from, for messages.
  /// - Throws: ``SearchError/unusableState(file:reason:)``.
  public init(_ value: PickleValue, mutator: any SubnetMutator, file: String) throws(SearchError) {
    func refuse(_ reason: String) -> SearchError { .unusableState(file: file, reason: reason) }
    guard let epoch = value["epoch"]?.integer, epoch >= 0,
      let pool = value["candidate_pool"]?.elements,
      let scored = value["top_k_candidates_with_score"]?.dictionary
    else {
      throw refuse("it is not the state of an evolution search")
    }
    self.epoch = epoch
    candidates = []
    for item in pool {
      candidates.append(try Self.subnet(item, mutator: mutator, file: file))
    }
    ranking = []
    if let own = value[Self.ownKey], let scores = own["scores"]?.elements,
      let subnets = own["subnets"]?.elements, scores.count == subnets.count
    {
      for (score, item) in zip(scores, subnets) {
        guard let score = score.number else { throw refuse("a score is not a number") }
        let subnet = try Self.subnet(item, mutator: mutator, file: file)
        ranking.append(Ranking.Entry(score: score, subnet: subnet))
      }
      seed = own["seed"]?.text.flatMap { UInt64($0) }
    } else {
      for (key, item) in scored.items {
        guard let score = PickleValue(key).number else { throw refuse("a score is not a number") }
        let subnet = try Self.subnet(item, mutator: mutator, file: file)
        ranking.append(Ranking.Entry(score: score, subnet: subnet))
      }
    }
  }

  private static func subnet(
    _ value: PickleValue, mutator: any SubnetMutator, file: String
  ) throws(SearchError) -> Subnet {
    var masks: [(spaceID: String, mask: [Float])] = []
    for (spaceID, item) in value.dictionary?.textEntries ?? [] {
      guard let tensor = item.tensor else { continue }
      do {
        masks.append((spaceID, try tensor.floats()))
      } catch {
        throw .unusableState(file: file, reason: "\(error)")
      }
    }
    guard let subnet = mutator.subnet(fromMasks: masks) else {
      throw .unusableState(
        file: file, reason: "its candidates do not fit the search spaces of this supernet")
    }
    return subnet
  }
}
