internal import ArgumentParser
internal import Foundation

/// The `mmrazor` command: parses the arguments, runs a subcommand, and turns whatever it throws
/// into one message and an exit code.
@main
enum Program {
  /// Exit codes as Python's `argparse` and interpreter give them.
  private enum Code {
    static let failure: Int32 = 1
    static let usage: Int32 = 2
  }

  static func main() {
    signal(SIGPIPE, SIG_IGN)
    // A write beyond the limit on file sizes fails instead, and the error names the file.
    signal(SIGXFSZ, SIG_IGN)
    var command: any ParsableCommand
    do {
      command = try RootCommand.parseAsRoot()
    } catch {
      finishParsing(with: error)
    }
    do {
      try command.run()
    } catch let code as ExitCode {
      exit(code.rawValue)
    } catch {
      // `mmrazor help` asks for a text by throwing, too.
      if error is ValidationError || RootCommand.exitCode(for: error) == .success {
        finishParsing(with: error)
      }
      report("\(error)")
      exit(Code.failure)
    }
  }

  /// Help and version go to standard output; anything else was a mistake in the arguments.
  private static func finishParsing(with error: any Error) -> Never {
    let text = RootCommand.fullMessage(for: error)
    guard RootCommand.exitCode(for: error) != .success else {
      print(text)
      exit(0)
    }
    FileHandle.standardError.write(Data((text + "\n").utf8))
    exit(Code.usage)
  }

  private static func report(_ message: String) {
    FileHandle.standardError.write(Data("mmrazor: error: \(message)\n".utf8))
  }
}

struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mmrazor",
    abstract: "Architecture search, channel pruning and distillation from MMRazor configs.",
    version: ProductVersion.text,
    subcommands: [
      TrainCommand.self, SearchCommand.self, TestCommand.self, PrintConfigCommand.self,
      GetFLOPsCommand.self, InspectCommand.self, ExportCommand.self, PublishModelCommand.self,
      SplitCheckpointCommand.self, DescribeCommand.self, ForwardCommand.self,
      MakeDemoDataCommand.self, BenchmarkCommand.self,
    ])
}
