//! Tables on a terminal.

use std::ops::Range;

/// Lines of as many cells each, in columns as wide as their widest cell. Those of `numbers` stand at
/// the right.
pub(crate) fn text<const N: usize>(lines: &[[String; N]], numbers: Range<usize>) -> String {
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<_> = (0..N).map(width).collect();
    let line = |cells: &[String; N]| {
        let cells = cells.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, width))| match numbers.contains(&column) {
            true => format!("{cell:>width$}"),
            false => format!("{cell:width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let lines = [
            ["name", "cost", "by"],
            ["ä", "10.5", ""],
            ["long name", "7", "x"],
        ];
        let lines = lines.map(|line| line.map(str::to_owned));
        let expected = "name       cost  by\nä          10.5\nlong name     7  x\n";
        assert_eq!(text(&lines, 1..2), expected);
    }
}
