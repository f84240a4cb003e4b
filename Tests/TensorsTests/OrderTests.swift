import Foundation
import Tensors
import TestKit
import Testing

/// Orders of values: ties, numbers that are none, large inputs; and the door to the host.
@Suite struct OrderTests {
  let cpu = CPU(threads: 2)

  /// JSON has no words for NaN and infinity.
  private struct Listed: Decodable {
    let value: Float

    private enum Tag: String, CodingKey { case float = "__float__" }

    init(from decoder: any Decoder) throws {
      if let container = try? decoder.container(keyedBy: Tag.self),
        let name = try? container.decode(String.self, forKey: .float)
      {
        value = Float(name) ?? .nan
      } else {
        value = try decoder.singleValueContainer().decode(Float.self)
      }
    }
  }

  private struct Order: Decodable {
    let values: [Listed]
    let descending: Bool
    let indices: [Int]
  }

  @Test func equalsStayInOrderAndNotANumberIsTheLargest() throws {
    let orders: [String: Order] = try Fixtures.json("dense/orders.json")
    #expect(orders.count == 2)
    for order in orders.values {
      let values = order.values.map(\.value)
      let x = Tensor(values, shape: [values.count], on: cpu)
      #expect(x.sorted(axis: 0, descending: order.descending).indices == order.indices)
      for count in [0, 1, 7, 33, values.count] {
        let top = x.topK(count, axis: 0, largest: order.descending)
        #expect(top.indices == Array(order.indices.prefix(count)))
      }
    }
  }

  @Test(arguments: [1, 100, 20_000, 99_999])
  func theFirstOfManyAreThoseOfTheSortedOnes(_ count: Int) {
    var generator = Generator(seed: 3)
    // A third of the values are equal, and one bucket holds many of the others.
    let values = (0..<100_000).map { place -> Float in
      place % 3 == 0 ? 0.5 : Float(generator.uniform(place % 7 == 0 ? -3 : 0.5, 0.5001))
    }
    let x = Tensor(values, shape: [values.count], on: cpu)
    let expected = values.indices.sorted {
      values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1
    }
    let top = x.topK(count, axis: 0)
    #expect(top.indices == Array(expected.prefix(count)))
    #expect(top.values.values == top.indices.map { values[$0] })
    #expect(x.sorted(axis: 0, descending: true).indices == expected)
  }

  @Test func placesOfImagesAreRowMajor() {
    let x = Tensor([3, 1, 2, 0, 5, 4], shape: [1, 2, 1, 3], layout: .channelsLast, on: cpu)
    #expect(x.sorted(axis: 3).indices == [1, 2, 0, 0, 2, 1])
    #expect(x.sorted(axis: 3).values.values == [1, 2, 3, 0, 4, 5])
    #expect(x.sorted(axis: 1).indices == [1, 0, 0, 0, 1, 1])
    #expect((x .> 2).nonzeroPlaces() == [0, 4, 5])
    #expect(x.elements(where: x .> 2).values == [3, 5, 4])
  }

  @Test func theHostSeesElementsInSpokenOrder() {
    let values = (0..<24).map { Float($0) }
    let x = Tensor(values, shape: [1, 2, 3, 4], layout: .channelsLast, on: cpu)
    #expect(x.withHostFloats { Array($0) } == values)
    let y = Tensor(hostFloats: values, shape: [4, 6], on: cpu)
    #expect(y.withHostFloats { Array($0) } == values)
    #expect(y.withHostFloats { $0.baseAddress } == UnsafePointer(y.floats.baseAddress))
  }

  /// Rows longer than a segment of the loss, and shorter ones; both paths sum the same elements.
  @Test(arguments: [1, 3, 80, 2047, 2048, 5000])
  func focalLossesOfARowAreSummed(_ classes: Int) {
    let rows = 7
    let x = Tensor.random([rows, classes], from: -4, to: 4, seed: 3, on: cpu)
    let labels = (0..<rows).map { $0 * classes / 6 }
    let elements = sigmoidFocalLoss(x, labels: labels, reducesClasses: false)
    let sums = sigmoidFocalLoss(x, labels: labels)
    #expect(relativeError(sums, elements.sum(axes: [1]).values) < 1e-5)
  }

  @Test func scoresBeyondAllBoundsHaveFiniteLosses() {
    let x = Tensor([-200, 200, -90, 90], shape: [2, 2], on: cpu)
    for gamma in [2, 1.5] as [Float] {
      let loss = sigmoidFocalLoss(x, labels: [0, 5], alpha: 0.25, gamma: gamma)
      #expect(relativeError(loss, [0.25 * 200 + 0.75 * 200, 0.75 * 90]) < 1e-6)
    }
    let notANumber = Tensor([.nan, 0], shape: [1, 2], on: cpu)
    #expect(sigmoidFocalLoss(notANumber, labels: [2]).scalar.isNaN)
  }
}
