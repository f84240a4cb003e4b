/// What the workers of one device have in common.
final class WorkerTeam {
  /// Whose workers they are, as ``PackedWeights`` knows it.
  let device: ObjectIdentifier
  /// The device's. While its workers run it waits, and the pool belongs to whoever holds the gate.
  let pool: MemoryPool
  let gate = Gate()
  /// How many times the workers were sent to work.
  var run = 0

  init(of device: ObjectIdentifier, pool: MemoryPool) {
    self.device = device
    self.pool = pool
  }
}
