/// A JSON array of two values, as fixtures write entries of an ordered dictionary.
public struct Pair<First: Decodable, Second: Decodable>: Decodable {
  public let first: First
  public let second: Second

  private enum Tag: String, CodingKey { case tuple = "__tuple__" }

  public init(from decoder: any Decoder) throws {
    var values: any UnkeyedDecodingContainer
    do {
      values = try decoder.unkeyedContainer()
    } catch {
      values = try decoder.container(keyedBy: Tag.self).nestedUnkeyedContainer(forKey: .tuple)
    }
    first = try values.decode(First.self)
    second = try values.decode(Second.self)
  }
}
