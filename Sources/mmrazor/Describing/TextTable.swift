/// Rows of text in aligned columns.
struct TextTable {
  enum Alignment { case left, right }

  private let alignments: [Alignment]
  private var rows: [[String]]

  /// - Parameter columns: titles, and where the column's text stands.
  init(_ columns: [(title: String, alignment: Alignment)]) {
    alignments = columns.map(\.alignment)
    rows = [columns.map(\.title)]
  }

  mutating func add(_ row: [String]) {
    precondition(row.count == alignments.count, "\(row.count) cells, \(alignments.count) columns")
    rows.append(row)
  }

  /// A row in which a cell may take several lines.
  mutating func add(lines cells: [[String]]) {
    for line in 0..<(cells.map(\.count).max() ?? 0) {
      add(cells.map { $0.indices.contains(line) ? $0[line] : "" })
    }
  }

  var text: String {
    let widths = alignments.indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      let line = row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return alignments[column] == .left ? row[column] + space : space + row[column]
      }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}
