internal import COneDNN

extension CPUKernels {
  public func multiply(
    rows: Int, columns: Int, inner: Int, _ a: Source, transposesA: Bool, _ b: Source,
    transposesB: Bool, into c: Target, adds: Bool
  ) {
    guard rows > 0, columns > 0 else { return }
    guard inner > 0 else {
      if !adds { fill(c, with: 0, count: rows * columns) }
      return
    }
    prepareThreads()
    let plain = CChar(UInt8(ascii: "N"))
    let transposed = CChar(UInt8(ascii: "T"))
    oneDNN.attempt("matrix product \(rows)x\(inner)x\(columns)") {
      dnnl_sgemm(
        transposesA ? transposed : plain, transposesB ? transposed : plain, dnnl_dim_t(rows),
        dnnl_dim_t(columns), dnnl_dim_t(inner), 1, a, dnnl_dim_t(transposesA ? rows : inner), b,
        dnnl_dim_t(transposesB ? inner : columns), adds ? 1 : 0, c, dnnl_dim_t(columns))
    }
  }
}
