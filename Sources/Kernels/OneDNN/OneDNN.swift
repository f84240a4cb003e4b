internal import COneDNN

/// Traps on a failure of oneDNN, which only wrong arguments cause where no memory is asked for; see
/// ``OneDNN/attempt(_:_:)``.
func checkOneDNN(_ status: dnnl_status_t, _ what: @autoclosure () -> String) {
  precondition(status == dnnl_success, "oneDNN: \(what()): status \(status.rawValue)")
}

/// The engine and stream of the host's processor, and the primitives that were made for them.
final class OneDNN {
  let engine: dnnl_engine_t
  let stream: dnnl_stream_t
  let pool: MemoryPool
  /// Of a worker's: what it shares with the others.
  private let team: WorkerTeam?
  /// Those that were used lately, and those used before; what neither has is made anew.
  private var primitives: [ConvolutionKey: ConvolutionPrimitive] = [:]
  private var olderPrimitives: [ConvolutionKey: ConvolutionPrimitive] = [:]
  private var scratchpad: PoolBlock?
  private var scratchpadSize = 0

  /// Primitives of one generation: with its code one takes some 80 KB, and the random subnets of
  /// a search need ever new ones.
  private static let primitiveLimit = 1536

  /// AVX512_BF16 or what came after it.
  static var hasBFloat16Instructions: Bool {
    let wanted = dnnl_cpu_isa_avx512_core_bf16.rawValue
    return dnnl_get_effective_cpu_isa().rawValue & wanted == wanted
  }

  init(pool: MemoryPool, team: WorkerTeam? = nil) {
    self.pool = pool
    self.team = team
    var engine: dnnl_engine_t?
    checkOneDNN(dnnl_engine_create(&engine, dnnl_cpu, 0), "engine")
    var stream: dnnl_stream_t?
    checkOneDNN(
      dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue), "stream")
    guard let engine, let stream else { preconditionFailure("oneDNN gave no engine") }
    self.engine = engine
    self.stream = stream
  }

  deinit {
    primitives.removeAll()
    olderPrimitives.removeAll()
    dnnl_stream_destroy(stream)
    dnnl_engine_destroy(engine)
  }

  /// Makes a call that asks for memory. Where there is none, it is made again after the pool has
  /// given back what it keeps, and then the program ends as it does for a lack of memory elsewhere.
  func attempt(_ what: @autoclosure () -> String, _ call: () -> dnnl_status_t) {
    var status = call()
    if status == dnnl_out_of_memory {
      pool.releaseFree()
      status = call()
    }
    if status == dnnl_out_of_memory { pool.exhaust(wanted: nil) }
    checkOneDNN(status, what())
  }

  /// Held while the library plans a convolution. What it is planning for (the instruction set among
  /// other things) stands in variables of its own that all threads share: of two convolutions
  /// planned at once, one could get the layout of the other.
  private static let planning = Gate()

  func primitive(_ key: ConvolutionKey) -> ConvolutionPrimitive {
    if let known = primitives[key] { return known }
    if primitives.count >= Self.primitiveLimit {
      olderPrimitives = primitives
      primitives = [:]
    }
    let primitive =
      olderPrimitives.removeValue(forKey: key)
      ?? Self.planning.pass { ConvolutionPrimitive(key, library: self) }
    primitives[key] = primitive
    return primitive
  }

  /// Memory for weights in another arrangement. A worker's comes out of its device's pool: it may be
  /// much, for a short time, and others can then have it.
  func weightBlock(byteCount: Int) -> PoolBlock {
    guard let team else { return PoolBlock(byteCount: byteCount, pool: pool) }
    return team.gate.pass { PoolBlock(byteCount: byteCount, pool: team.pool, gate: team.gate) }
  }

  /// Working memory that all primitives share: only one runs at a time.
  func scratchpad(byteCount: Int) -> UnsafeMutableRawPointer? {
    guard byteCount > 0 else { return nil }
    if byteCount > scratchpadSize {
      scratchpad = nil
      scratchpad = PoolBlock(byteCount: byteCount, pool: pool)
      scratchpadSize = byteCount
    }
    return scratchpad?.pointer
  }

  func execute(_ primitive: dnnl_primitive_t, _ arguments: [dnnl_exec_arg_t], _ what: String) {
    attempt(what) {
      dnnl_primitive_execute(primitive, stream, Int32(arguments.count), arguments)
    }
    checkOneDNN(dnnl_stream_wait(stream), what)
  }
}
