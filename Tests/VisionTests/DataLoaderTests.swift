import Annotations
import Configs
import Foundation
import Tensors
import Testing

@testable import Vision

@Suite struct DataLoaderTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let pictures = ["photo_444.jpg", "photo_420.jpg", "rgb.png", "gray.jpg"]
    for number in 0..<13 {
      try folder.copy(
        TransformFixtures.image(pictures[number % pictures.count]),
        to: "\(number % 3)/\(number).jpg")
    }
  }

  private func dataset(_ overrides: [String: Config] = [:]) throws -> any Dataset {
    var config: Config = [
      "type": "CustomDataset", "data_prefix": .string(folder.path),
      "pipeline": [
        ["type": "LoadImageFromFile"],
        ["type": "RandomResizedCrop", "size": 12],
        ["type": "RandomFlip"],
        ["type": "Normalize", "mean": [1, 2, 3], "std": [4, 5, 6]],
        ["type": "ImageToTensor", "keys": ["img"]],
        ["type": "ToTensor", "keys": ["gt_label"]],
        ["type": "Collect", "keys": ["img", "gt_label"]],
      ],
    ]
    for (key, value) in overrides { config[key] = value }
    return try VisionContext().buildDataset(config, path: "data.train", scope: .mmcls)
  }

  private func all(_ iterator: BatchIterator) throws -> [Batch] {
    var batches: [Batch] = []
    while let batch = try iterator.next() { batches.append(batch) }
    return batches
  }

  private func loader(
    workers: Int, seed: UInt64 = 7, dataset: (any Dataset)? = nil, dropLast: Bool = false
  ) throws -> DataLoader {
    DataLoader(
      dataset: try dataset ?? self.dataset(), batchSize: 4, workers: workers, shuffle: true,
      seed: seed, dropLast: dropLast)
  }

  @Test func `batches do not depend on the number of workers`() throws {
    let expected = try all(try loader(workers: 0).batches(epoch: 3))
    #expect(expected.map(\.count) == [4, 4, 4, 1])
    #expect(expected.flatMap(\.indices).sorted() == Array(0..<13))
    for workers in [1, 3] {
      let batches = try all(try loader(workers: workers).batches(epoch: 3))
      #expect(batches.map(\.pixels.values) == expected.map(\.pixels.values))
      #expect(batches.map(\.labels) == expected.map(\.labels))
      #expect(batches.map(\.position) == expected.map(\.position))
    }
    let dataset = try #require(try dataset() as? any LabelledDataset)
    for batch in expected {
      #expect(batch.pixels.shape == [batch.count, 3, 12, 12])
      #expect(batch.labels == batch.indices.map { dataset.labels[$0] })
    }
  }

  @Test func `epochs and seeds differ and an epoch can be repeated`() throws {
    let loader = try loader(workers: 2)
    let first = try all(loader.batches(epoch: 0))
    #expect(try all(loader.batches(epoch: 1)).flatMap(\.indices) != first.flatMap(\.indices))
    #expect(try all(loader.batches(epoch: 0)).map(\.pixels.values) == first.map(\.pixels.values))
    let other = try self.loader(workers: 2, seed: 8)
    #expect(try all(other.batches(epoch: 0)).flatMap(\.indices) != first.flatMap(\.indices))
  }

  @Test(arguments: [0, 2])
  func `an iteration can start in the middle and go on over epochs`(workers: Int) throws {
    let loader = try loader(workers: workers)
    let first = try all(loader.batches(epoch: 0))
    let second = try all(loader.batches(epoch: 1))
    #expect(
      try all(loader.batches(epoch: 0, from: 2)).map(\.pixels.values)
        == first[2...].map(\.pixels.values))
    let endless = loader.endlessBatches(from: .init(epoch: 0, batch: 3))
    let images = try (0..<4).map { _ in try endless.next()?.pixels.values }
    #expect(images == [first[3].pixels.values] + second[..<3].map(\.pixels.values))
    #expect(try all(loader.batches(epoch: 0, from: 4)).isEmpty)
  }

  @Test func `a short last batch can be dropped`() throws {
    let loader = try loader(workers: 1, dropLast: true)
    #expect(loader.batchCount == 3)
    #expect(try all(loader.batches(epoch: 0)).map(\.count) == [4, 4, 4])
  }

  @Test(arguments: [0, 1, 3])
  func `a damaged picture stops the iteration with its name`(workers: Int) throws {
    let file = "\(folder.path)/1/4.jpg"
    try FileManager.default.removeItem(atPath: file)
    try folder.copy(TransformFixtures.image("header_only.jpg"), to: "1/4.jpg")
    let iterator = try loader(workers: workers).batches(epoch: 0)
    let error = #expect(throws: VisionError.self) { try all(iterator) }
    #expect(error?.description.hasPrefix("\(file): corrupt JPEG picture: ") == true)
    #expect(error?.description.contains("; with skip_corrupt=True in its config, the data") == true)
    #expect(try iterator.next() == nil)
  }

  @Test(arguments: [0, 2])
  func `damaged images are replaced, marked and counted if the data set says so`(
    workers: Int
  ) throws {
    for name in ["1/4.jpg", "2/5.jpg"] {
      try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
      try folder.copy(TransformFixtures.image("header_only.jpg"), to: name)
    }
    let warnings = Warnings()
    let loader = DataLoader(
      dataset: try dataset(["skip_corrupt": true]), batchSize: 4, workers: workers,
      shuffle: true, seed: 1, warn: { warnings.add($0) })
    for epoch in 0..<2 {
      let batches = try all(loader.batches(epoch: epoch))
      #expect(batches.flatMap { $0.withoutStandIns($0.indices) }.count == 11)
      // No batch is shorter for it, and each says which samples it was to have.
      #expect(batches.map(\.count) == [4, 4, 4, 1])
      #expect(batches.flatMap(\.indices).sorted() == Array(0..<13))
      let marked = batches.flatMap { batch in batch.standIns.map { batch.indices[$0] } }
      #expect(marked.sorted() == [7, 11])
      // The labels are those of the images that stand in.
      for batch in batches {
        for place in batch.standIns {
          #expect(!batch.metas[place].filename.hasSuffix("1/4.jpg"))
          #expect(
            batch.metas[place].originalFilename.hasPrefix("\(batch.labels?[place] ?? -1)/"))
        }
      }
      // What stands in is a function of seed and epoch: a resumed run sees the same.
      let again = try all(loader.batches(epoch: epoch, from: 2))
      #expect(again.map(\.pixels.values) == batches[2...].map(\.pixels.values))
    }
    #expect(loader.skipped.count == 2)
    #expect(warnings.all.count == 2)
    #expect(warnings.all.allSatisfy { $0.hasPrefix("skipped: \(folder.path)/") })
  }

  @Test(arguments: [0, 2])
  func `a batch whose images are all damaged is not dropped`(workers: Int) throws {
    for number in 0..<12 {
      let name = "\(number % 3)/\(number).jpg"
      try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
      try folder.copy(TransformFixtures.image("header_only.jpg"), to: name)
    }
    let loader = DataLoader(
      dataset: try dataset(["skip_corrupt": true]), batchSize: 1, workers: workers,
      shuffle: false, seed: 1)
    let batches = try all(loader.batches(epoch: 0))
    #expect(batches.map(\.count) == Array(repeating: 1, count: 13))
    #expect(batches.map(\.position.batch) == Array(0..<13))
    #expect(batches.filter { $0.standIns.isEmpty }.count == 1)
    #expect(Set(batches.map { $0.metas[0].filename }).count == 1)
    #expect(loader.skipped.count == 12)
  }

  @Test func `a data set of damaged images only stops with the first`() throws {
    for number in 0..<13 {
      let name = "\(number % 3)/\(number).jpg"
      try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
      try folder.copy(TransformFixtures.image("header_only.jpg"), to: name)
    }
    let loader = DataLoader(
      dataset: try dataset(["skip_corrupt": true]), batchSize: 4, workers: 0, shuffle: false,
      seed: 1)
    let error = #expect(throws: VisionError.self) { try loader.batches(epoch: 0).next() }
    #expect(error?.description.hasPrefix("\(folder.path)/0/0.jpg: corrupt JPEG") == true)
  }

  @Test func `images are padded to one batch where that is asked for`() throws {
    let dataset = try dataset(["pipeline": [["type": "LoadImageFromFile"]]])
    for workers in [0, 2] {
      let loader = DataLoader(
        dataset: dataset, batchSize: 13, workers: workers, shuffle: false, seed: 0,
        joining: .pad(sizeDivisor: 32))
      let batch = try #require(try loader.batches(epoch: 0).next())
      #expect(batch.pixels.shape.dimensions[2...].allSatisfy { $0.isMultiple(of: 32) })
      let heights = batch.metas.map { $0.imageShape[0] }
      #expect(batch.pixels.shape[2] == ((heights.max() ?? 0) + 31) / 32 * 32)
    }
  }

  @Test(arguments: [0, 2])
  func `images of which a part can be read are used, told once and counted`(
    workers: Int
  ) throws {
    for name in ["1/4.jpg", "2/5.jpg"] {
      try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
      try folder.copy(TransformFixtures.image("truncated.jpg"), to: name)
    }
    let warnings = Warnings()
    let loader = DataLoader(
      dataset: try dataset(), batchSize: 4, workers: workers, shuffle: true, seed: 1,
      warn: { warnings.add($0) })
    for epoch in 0..<2 {
      #expect(try all(loader.batches(epoch: epoch)).map(\.count).reduce(0, +) == 13)
    }
    #expect(loader.damaged.count == 2 && loader.skipped.isEmpty)
    #expect(warnings.all.count == 2)
    #expect(warnings.all.allSatisfy { $0.hasPrefix("damaged: \(folder.path)/") })
    #expect(
      warnings.all.last?.hasSuffix(
        ": Premature end of JPEG file; what is missing stays grey (2 so far)") == true)
  }

  @Test func `pictures of different shapes cannot be one batch`() throws {
    let dataset = try dataset(["pipeline": [["type": "LoadImageFromFile"]]])
    let loader = DataLoader(
      dataset: dataset, batchSize: 4, workers: 2, shuffle: false, seed: 0)
    let error = #expect(throws: VisionError.self) { try all(loader.batches(epoch: 0)) }
    guard case .mixedShapes = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `iterations can be left early and side by side`() throws {
    let loader = try loader(workers: 2)
    for _ in 0..<20 { _ = try loader.batches(epoch: 0).next() }
    let (one, other) = (loader.batches(epoch: 0), loader.batches(epoch: 1))
    let pairs = try (0..<4).map { _ in (try one.next(), try other.next()) }
    #expect(pairs.allSatisfy { $0.0 != nil && $0.1 != nil })
    #expect(pairs.map { $0.1?.position.epoch } == [1, 1, 1, 1])
  }

  @Test func `threads end with their loader`() throws {
    // The threads are what keeps a pool alive after its owner.
    weak var pool: WorkerPool?
    try {
      let dataset = try dataset()
      let owned = WorkerPool(maker: SampleMaker(dataset: dataset, seed: 0), threads: 3)
      pool = owned
      let plan = BatchPlan(
        sampler: Sampler(count: dataset.count, shuffles: false, seed: 0), batchSize: 2,
        batchCount: 6, isEndless: true, start: .init(epoch: 0, batch: 0))
      #expect(owned.next(owned.start(plan, prefetch: 2)) != nil)
      owned.shutDown()
    }()
    for _ in 0..<1000 where pool != nil { Thread.sleep(forTimeInterval: 0.01) }
    #expect(pool == nil)
  }

  @Test func `replicas share an epoch`() throws {
    let all = Sampler(count: 10, shuffles: true, seed: 5).indices(epoch: 2)
    let parts = (0..<3).map {
      Sampler(count: 10, shuffles: true, seed: 5, replicas: 3, rank: $0).indices(epoch: 2)
    }
    #expect(parts.map(\.count) == [4, 4, 4])
    #expect(parts[0] == [all[0], all[3], all[6], all[9]])
    #expect(parts[1] == [all[1], all[4], all[7], all[0]])
    let exact = (0..<3).map {
      Sampler(count: 10, shuffles: false, seed: 5, replicas: 3, rank: $0, roundsUp: false)
        .indices(epoch: 2)
    }
    #expect(exact == [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8]])
  }
}
