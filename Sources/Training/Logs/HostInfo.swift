internal import Foundation

/// Who runs, and where.
enum HostInfo {
  /// `root@vm`
  static var userAndHost: String {
    let environment = ProcessInfo.processInfo.environment
    let user =
      ["LOGNAME", "USER", "LNAME", "USERNAME"].compactMap { environment[$0] }
      .first { !$0.isEmpty } ?? NSUserName()
    return "\(user)@\(hostName)"
  }

  private static var hostName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
