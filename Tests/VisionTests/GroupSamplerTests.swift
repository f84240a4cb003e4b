import Testing

@testable import Vision

@Suite struct GroupSamplerTests {
  /// 23 images, 15 of them wide.
  private let groups = (0..<23).map { $0 % 3 == 0 ? 0 : 1 }

  private func batches(_ sampler: GroupSampler, epoch: Int) -> [[Int]] {
    let order = sampler.indices(epoch: epoch)
    #expect(order.count == sampler.epochCount)
    return stride(from: 0, to: order.count, by: sampler.batchSize).map {
      Array(order[$0..<$0 + sampler.batchSize])
    }
  }

  @Test(arguments: [1, 2, 4, 7])
  func `a batch is of one group and every sample comes`(batchSize: Int) {
    let sampler = GroupSampler(groups: groups, batchSize: batchSize, seed: 1)
    let counts = [8, 15].map { ($0 + batchSize - 1) / batchSize * batchSize }
    #expect(sampler.epochCount == counts[0] + counts[1])
    for epoch in 0..<4 {
      let batches = batches(sampler, epoch: epoch)
      #expect(batches.allSatisfy { batch in Set(batch.map { groups[$0] }).count == 1 })
      #expect(Set(batches.joined()) == Set(0..<23))
    }
  }

  @Test func `an epoch is a function of seed and epoch`() {
    let sampler = GroupSampler(groups: groups, batchSize: 2, seed: 1)
    #expect(sampler.indices(epoch: 3) == sampler.indices(epoch: 3))
    #expect(sampler.indices(epoch: 3) != sampler.indices(epoch: 4))
    let other = GroupSampler(groups: groups, batchSize: 2, seed: 2)
    #expect(sampler.indices(epoch: 3) != other.indices(epoch: 3))
    // Groups come mixed, not one after the other.
    let order = batches(sampler, epoch: 0).map { groups[$0[0]] }
    #expect(order != order.sorted() && order != order.sorted(by: >))
  }

  @Test func `replicas take whole batches of the same list`() {
    let parts = (0..<3).map {
      GroupSampler(groups: groups, batchSize: 2, seed: 5, replicas: 3, rank: $0)
    }
    #expect(parts.map(\.epochCount) == [10, 10, 10])
    let batches = parts.flatMap { self.batches($0, epoch: 2) }
    #expect(batches.allSatisfy { groups[$0[0]] == groups[$0[1]] })
    #expect(Set(batches.joined()) == Set(0..<23))
  }
}
