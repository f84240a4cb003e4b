/// What makes a parameter a part of another one.
struct ParameterPart {
  /// The tape of a forward pass may outlive the model it ran; there is nobody to tell then.
  weak var whole: Parameter?
  let selections: [ChannelSelection?]
}

/// The parts of one parameter that were asked for last, the latest first.
struct NarrowedParameters {
  private struct Entry {
    let selections: [ChannelSelection?]
    let part: Parameter
    var version: Int
  }

  /// A sandwich step trains four widths, of which the widest needs no part.
  private static let capacity = 4
  private var entries: [Entry] = []

  /// The part that was asked for last, if it is this one and up to date.
  func latest(of whole: Parameter, _ selections: [ChannelSelection?]) -> Parameter? {
    guard let entry = entries.first, entry.version == whole.version,
      entry.part.requiresGradient == whole.requiresGradient, entry.selections == selections
    else { return nil }
    return entry.part
  }

  mutating func part(of whole: Parameter, _ selections: [ChannelSelection?]) -> Parameter {
    guard let index = entries.firstIndex(where: { $0.selections == selections }) else {
      // What was made of values that are no more would only take room.
      entries.removeAll { $0.version != whole.version }
      let part = Parameter(whole.value.selecting(selections), partOf: whole, selections)
      entries.insert(
        Entry(selections: selections, part: part, version: whole.version), at: 0)
      if entries.count > Self.capacity { entries.removeLast() }
      return part
    }
    if index != 0 { entries.insert(entries.remove(at: index), at: 0) }
    let part = entries[0].part
    if entries[0].version != whole.version {
      part.value = whole.value.selecting(selections)
      entries[0].version = whole.version
    }
    part.requiresGradient = whole.requiresGradient
    return part
  }
}

extension Parameter {
  /// The parameter that holds only the selected positions of the first axes; `nil` selects all.
  ///
  /// Its value follows this one's whenever it is asked for again; what a backward pass gives to it
  /// is added to this parameter's gradient, in place. Asking costs nothing when all is selected.
  /// Asking again for the same only reads, so that several threads may.
  public func narrowed(to selections: [ChannelSelection?]) -> Parameter {
    if selections.allSatisfy({ $0?.isAll ?? true }) { return self }
    return parts.latest(of: self, selections) ?? parts.part(of: self, selections)
  }

  /// The parameter that this one is a narrowed part of; itself for a whole one.
  public var whole: Parameter { origin?.whole ?? self }

  /// Adds to the gradient at the selected positions; it is zero elsewhere.
  func accumulate(_ contribution: Tensor, at selections: [ChannelSelection?]) {
    switch gradient {
    case .value(let present): present.write(contribution, at: selections, adds: true)
    case .none, .zero:
      let whole = Tensor.zeros(shape, on: contribution.device)
      whole.write(contribution, at: selections)
      gradient = .value(whole)
    }
  }
}
