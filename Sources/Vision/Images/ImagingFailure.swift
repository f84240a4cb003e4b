/// What an image operation could not do; a transform adds the file's name.
struct ImagingFailure: Error {
  let reason: String
}

/// Calls a C function that returns 0, or a reason in a message buffer.
func callingC(
  _ body: (_ message: UnsafeMutablePointer<CChar>, _ size: Int) -> Int32
) throws(ImagingFailure) {
  let reason = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer -> String? in
    guard let message = buffer.baseAddress else { return "out of memory" }
    message.initialize(repeating: 0, count: buffer.count)
    guard body(message, buffer.count) != 0 else { return nil }
    return String(cString: message)
  }
  if let reason { throw ImagingFailure(reason: reason) }
}
