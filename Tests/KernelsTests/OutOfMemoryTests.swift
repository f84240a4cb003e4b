import Kernels
import Testing

@Suite struct OutOfMemoryTests {
  @Test(
    arguments: [
      (1_536_000_000, 64, "out of memory: 1.5 GB more were wanted, 64 bytes are in use"),
      (2_097_152, 999_960, "out of memory: 2.1 MB more were wanted, 1000.0 kB are in use"),
    ])
  func saysWhatWasWantedAndWhatIsHeld(_ wanted: Int, _ used: Int, _ text: String) {
    #expect("\(OutOfMemory(wanted: wanted, used: used))" == text)
  }
}
