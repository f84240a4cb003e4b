import COneDNN
import Foundation
import Testing

@testable import Kernels

@Suite struct OutOfMemoryTests {
  @Test(
    arguments: [
      (1_536_000_000, 64, "out of memory: 1.5 GB more were wanted, 64 bytes are in use"),
      (2_097_152, 999_960, "out of memory: 2.1 MB more were wanted, 1000.0 kB are in use"),
      (nil, 5_000_000, "out of memory: more was wanted, 5.0 MB are in use"),
    ] as [(Int?, Int, String)])
  func saysWhatWasWantedAndWhatIsHeld(_ wanted: Int?, _ used: Int, _ text: String) {
    #expect("\(OutOfMemory(wanted: wanted, used: used))" == text)
  }

  @Test func aLackInsideOneDNNEndsTheProgramAlike() async {
    await #expect(processExitsWith: .exitCode(41)) {
      let pool = MemoryPool { lack in exit(lack.wanted == nil ? 41 : 1) }
      OneDNN(pool: pool).attempt("primitive") { dnnl_out_of_memory }
    }
  }

  @Test func whatThePoolKeepsIsGivenBackFirst() {
    let pool = MemoryPool()
    pool.deallocate(pool.allocate(byteCount: 1 << 20))
    #expect(pool.freeBytes > 0)
    OneDNN(pool: pool).attempt("primitive") {
      pool.freeBytes > 0 ? dnnl_out_of_memory : dnnl_success
    }
    #expect(pool.freeBytes == 0)
  }
}
