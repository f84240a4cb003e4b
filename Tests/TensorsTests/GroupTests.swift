import Tensors
import Testing

@Suite struct GroupTests {
  @Test func tensorsOfAGroupKeepApartAndOutliveOneAnother() {
    let device = CPU()
    let shapes: [Shape] = [[3], [1 << 20], [], [0], [700_000], [5, 7], [400_000], [400_000]]
    for round in 0..<3 {
      var group: [Tensor?] = Tensor.uninitialized(
        group: (0..<5).flatMap { _ in shapes.map { ($0, DType.float32) } }, on: device)
      #expect(group.count == 40)
      for (index, tensor) in group.enumerated() {
        guard let tensor else { continue }
        #expect(tensor.shape == shapes[index % 8])
        #expect(UInt(bitPattern: tensor.storage.pointer).isMultiple(of: 64))
        let floats = tensor.storage.pointer.assumingMemoryBound(to: Float.self)
        for place in 0..<tensor.shape.count { floats[place] = Float(index + round) }
      }
      for index in group.indices where index % 3 != 0 { group[index] = nil }
      for (index, tensor) in group.enumerated() {
        guard let tensor else { continue }
        #expect(tensor.values.allSatisfy { $0 == Float(index + round) })
      }
    }
  }
}
