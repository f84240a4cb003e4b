/// What an image operation could not do; a transform adds the file's name.
struct ImagingFailure: Error {
  let reason: String
  /// Whether memory is short, rather than the image wrong.
  var isShortage = false

  static var cutShort: ImagingFailure { ImagingFailure(reason: "the file is cut short") }
}

/// Calls a C function that returns 0, or a reason in a message buffer.
func callingC(
  _ body: (_ message: UnsafeMutablePointer<CChar>, _ size: Int) -> Int32
) throws(ImagingFailure) {
  let (status, text) = describingC(body)
  if status != 0 { throw ImagingFailure(reason: text) }
}

/// Calls a C function that returns 0, 1 with a description of damage, or -1 with a reason.
///
/// - Returns: the description of damage.
func callingDecoder(
  _ body: (_ message: UnsafeMutablePointer<CChar>, _ size: Int) -> Int32
) throws(ImagingFailure) -> String? {
  let (status, text) = describingC(body)
  guard status >= 0 else {
    // As libjpeg, libpng, libwebp and libtiff say it.
    let isShortage =
      text.contains("Insufficient memory") || text.lowercased().contains("out of memory")
    throw ImagingFailure(reason: text, isShortage: isShortage)
  }
  return status == 0 ? nil : text
}

private func describingC(
  _ body: (_ message: UnsafeMutablePointer<CChar>, _ size: Int) -> Int32
) -> (status: Int32, text: String) {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
    guard let message = buffer.baseAddress else { return (-1, "out of memory") }
    message.initialize(repeating: 0, count: buffer.count)
    let status = body(message, buffer.count)
    return (status, status == 0 ? "" : String(cString: message))
  }
}
