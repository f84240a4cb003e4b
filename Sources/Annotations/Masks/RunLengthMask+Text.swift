extension RunLengthMask {
  /// Reads the compressed form of annotation files; `nil` for text that is none.
  ///
  /// A number is written in groups of 5 bits, lowest first, each as a character from '0' on; the
  /// sixth bit says that another group follows, the fifth of the last group is the sign. From the
  /// fourth number on, the difference from the number two places before is written.
  public init?(extent: Extent, text: String) {
    var counts: [Int] = []
    var value = 0
    var shift = 0
    for character in text.utf8 {
      guard (48..<112).contains(character), shift < 60 else { return nil }
      let group = Int(character) - 48
      value |= (group & 31) << shift
      shift += 5
      guard group & 32 == 0 else { continue }
      if group & 16 != 0 { value -= 1 << shift }
      if counts.count > 2 {
        let (sum, overflows) = value.addingReportingOverflow(counts[counts.count - 2])
        guard !overflows else { return nil }
        value = sum
      }
      counts.append(value)
      (value, shift) = (0, 0)
    }
    guard shift == 0 else { return nil }
    self.init(extent: extent, counts: counts)
  }

  /// The compressed form of annotation files.
  public var text: String {
    var characters: [UInt8] = []
    for (place, count) in counts.enumerated() {
      var rest = place > 2 ? count - counts[place - 2] : count
      while true {
        let group = rest & 31
        rest >>= 5
        let isLast = rest == (group & 16 == 0 ? 0 : -1)
        characters.append(UInt8(48 + group + (isLast ? 0 : 32)))
        if isLast { break }
      }
    }
    return String(decoding: characters, as: UTF8.self)
  }
}
