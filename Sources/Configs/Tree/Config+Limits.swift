extension Config {
  /// How deeply a config may be nested. Python itself accepts 200 nested brackets in a file;
  /// values computed or aliased can go deeper, and without a bound would exhaust the stack.
  public static let maximumDepth = 300

  /// How many values a config may hold, so that aliases of aliases of aliases end in an error.
  public static let maximumCount = 1_000_000
}
